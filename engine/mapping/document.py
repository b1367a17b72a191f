"""The mapping document, format 1, as a strict model (DESIGN §4; docs/mapping-documents.md explains it to people).

The model only says which keys may stand where. What the names in it mean (targets, lookups, variables) is checked in
check.py, because that needs the schemas on both sides.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

FORMAT: Final = 1
KINDS: Final = ("expr", "jmespath", "value", "template", "cases", "each", "fields")

Language = Literal["jsonata", "jmespath"]
TypeName = Literal["string", "decimal", "number", "integer", "boolean", "date", "datetime", "list", "object"]
Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
MappingName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+/[a-z0-9_-]+\.(in|out)$")]
Scalar = str | int | float | bool | None


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Finish(Strict):
    """What may be done with a rule's value once it is there, in this order."""

    lookup: Name | None = Field(None, description="Table under `lookups` that turns the value into another one.")
    missing: Literal["hold", "default", "error"] | None = Field(
        None,
        description="When the lookup has no row: hold the record (the usual), use the default, or reject.",
    )
    default: Any = Field(None, description="Used when the value is undefined or null.")
    type: TypeName | None = Field(None, description="The type the value is turned into, or an error.")
    omit_empty: bool = Field(False, description='Leave the field out when the value is null, "", [] or {}.')
    required: bool = Field(False, description="Reject the record when there is no value, null or empty text.")

    @property
    def has_default(self) -> bool:
        return "default" in self.model_fields_set


class ExprRule(Finish):
    """The value of an expression in the document's language."""

    expr: Text


class JmespathRule(Finish):
    """The value of a JMESPath expression."""

    jmespath: Text


class TemplateRule(Finish):
    """Text with {{expressions}}; undefined as soon as one of them has no value."""

    template: Text


class ValueRule(Strict):
    """A constant."""

    value: Any
    type: TypeName | None = None


class Case(Strict):
    """`when` and `then`; or `otherwise`, the last one."""

    when: Text | None = None
    then: RuleText | None = None
    otherwise: RuleText | None = None


class CasesRule(Finish):
    """The first case whose condition is true; undefined when there is none."""

    cases: Annotated[tuple[Case, ...], Field(min_length=1, strict=False)]


class EachRule(Strict):
    """A list with one object per entry of the source list."""

    each: Text
    fields: Fields
    omit_empty: bool = False
    required: bool = False


class ObjectRule(Strict):
    """An object made field by field; left out when none of its fields has a value."""

    fields: Fields
    required: bool = False


def kind_of(rule: Any) -> str | None:
    """Which kind of rule the data is; None when it says none or several."""
    if isinstance(rule, str):
        return "text"
    if isinstance(rule, BaseModel):
        rule = dict.fromkeys(rule.model_fields_set)
    if not isinstance(rule, dict):
        return None
    kinds = [kind for kind in KINDS if kind in rule]
    if kinds == ["each", "fields"]:
        return "each"
    return kinds[0] if len(kinds) == 1 else None


Rule = Annotated[
    Annotated[ExprRule, Tag("expr")]
    | Annotated[JmespathRule, Tag("jmespath")]
    | Annotated[ValueRule, Tag("value")]
    | Annotated[TemplateRule, Tag("template")]
    | Annotated[CasesRule, Tag("cases")]
    | Annotated[EachRule, Tag("each")]
    | Annotated[ObjectRule, Tag("fields")]
    | Annotated[Text, Tag("text")],
    Discriminator(kind_of, custom_error_type="rule_kind", custom_error_message="no rule kind, or several"),
]
RuleText = Rule  # a rule, or just the text of its expression
Fields = dict[str, Rule | None]


class Side(Strict):
    """Where records come from or go to: a stream of a system, or one of CODI's own entities."""

    entity: Text | None = None
    stream: Text | None = None


class Document(Strict):
    """A whole mapping document."""

    format: Literal[1]
    mapping: MappingName = Field(description="connector/entity.direction, for example woocommerce/product.out")
    title: str = ""
    from_: Side = Field(Side(), alias="from")
    to: Side = Side()
    language: Language = "jsonata"
    extend: MappingName | None = Field(None, description="The base mapping whose rules this one changes.")
    lookups: dict[Name, dict[str, Scalar]] = Field({}, description="Code tables: value found → value wanted.")
    let: dict[Name, Text] = Field({}, description="Expressions named once, used in rules as $name.")
    skip_when: Text | None = Field(None, description="Records for which this is true are dropped.")
    fields: Fields = Field(description="Target field → rule. A dotted name is a field inside an object.")
    notes: dict[str, str] = Field({}, description="Target field → why the rule is as it is.")


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema of format 1, as shipped in mappings/schema/mapping-1.json."""
    schema = Document.model_json_schema(by_alias=True)
    for inner in schema["properties"].values():
        if "patternProperties" in inner:
            inner["additionalProperties"] = False  # the pattern is what a name may be
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "CODI mapping, format 1"}


for model in (Case, CasesRule, EachRule, ObjectRule, Document):
    model.model_rebuild()
