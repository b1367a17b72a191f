"""Forms: what a person sent, checked by a pydantic model, with every problem in words beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

from litestar import Request
from litestar.datastructures import UploadFile
from pydantic import AfterValidator, BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def _email(value: str) -> str:
    name, _, host = value.strip().partition("@")
    if not name or "." not in host.strip(".") or any(c.isspace() or c in ",;<>()" for c in name + host):
        raise ValueError("An e-mail address such as ana@example.com, please.")
    return f"{name}@{host.lower()}"


Email = Annotated[str, AfterValidator(_email)]

# pydantic's words for programmers → ours for people
_WORDS = {
    "missing": "Fill this in.",
    "string_too_short": "Fill this in.",
    "int_parsing": "A whole number, please.",
    "int_type": "A whole number, please.",
    "decimal_parsing": "A number, please.",
    "float_parsing": "A number, please.",
    "bool_parsing": "Yes or no, please.",
    "url_parsing": "A web address such as https://shop.example, please.",
    "too_short": "Add at least {min_length}.",
    "greater_than": "More than {gt}, please.",
    "greater_than_equal": "{ge} or more, please.",
    "less_than_equal": "At most {le}, please.",
    "literal_error": "One of these, please: {expected}.",
    "url_scheme": "An address that begins with https:// or http://, please.",
}


@dataclass(frozen=True, kw_only=True)
class Filled(Generic[Model]):
    """A form as sent: `model` when it is right, else `errors` by field. `values` are shown again either way."""

    values: dict[str, str] = field(default_factory=dict)  # as typed
    errors: dict[str, str] = field(default_factory=dict)  # field → what is wrong and how to mend it; "" for the whole
    model: Model | None = None

    def with_error(self, name: str, message: str) -> Filled[Model]:
        return Filled(values=self.values, errors={**self.errors, name: message}, model=None)


EMPTY: Filled[Any] = Filled()


async def sent(request: Request[Any, Any, Any], *, as_typed: bool = False) -> dict[str, str]:
    """The fields of a form as text, without files and the CSRF token. Of repeated fields the last one counts.

    `as_typed`: with the blanks around each."""
    form = await request.form()
    return {
        name: value if as_typed or name == "password" else value.strip()
        for name, value in form.multi_items()
        if isinstance(value, str) and name != "_csrf_token"
    }


async def read_form(request: Request[Any, Any, Any], model: type[Model]) -> Filled[Model]:
    return check_form(await sent(request), model)


def check_form(values: Mapping[str, str], model: type[Model]) -> Filled[Model]:
    known = {name: value for name, value in values.items() if name in model.model_fields}
    try:
        return Filled(values=dict(values), model=model.model_validate(known))
    except ValidationError as error:
        return Filled(values=dict(values), errors=problems(error))


def problems(error: ValidationError) -> dict[str, str]:
    """Field → its first problem in words."""
    found: dict[str, str] = {}
    for problem in error.errors():
        found.setdefault(".".join(str(part) for part in problem["loc"]), problem_words(problem))
    return found


def problem_words(problem: Mapping[str, Any]) -> str:
    """One of pydantic's problems as people say it."""
    words = _WORDS.get(problem["type"])
    limits = {key: shown for key, shown in (problem.get("ctx") or {}).items() if isinstance(shown, (str, int, float))}
    return words.format(**limits) if words else str(problem["msg"]).removeprefix("Value error, ")


async def uploaded(request: Request[Any, Any, Any], name: str, limit: int) -> bytes | None:
    """The bytes of an uploaded file, at most `limit` + 1 of them; None where no file was chosen."""
    form = await request.form()
    for key, value in form.multi_items():
        if key == name and isinstance(value, UploadFile) and value.filename:
            return await value.read(limit + 1)
    return None
