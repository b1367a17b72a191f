"""Personal data: which fields of a payload speak of a person, and masks for them. Pure.

Payloads come in the words of many systems, so fields are known by their names, not by one system's schema. A mask keeps
the shape (an e-mail stays one, digits stay digits) and is the same for the same value, so that samples still match up.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

_SEPARATORS = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names, in lower case without separators, of fields about a person wherever they stand.
_ALWAYS = _names(
    """
    email emailaddress billingemail contactemail phone phonenumber mobile mobilephone fax telephone firstname lastname
    surname givenname familyname middlename fullname displayname contactname attention attn recipient dateofbirth
    birthday dob taxnumber taxid abn nzbn vatnumber vatno password passwordhash cardlast4 cardnumber iban
    accountnumber bankaccount bankaccountnumber ip ipaddress customeripaddress browserip useragent latitude longitude
    lat lng deliveryinstructions customernote
    """
)
# Names that are about a person only inside an address, a customer or a contact.
_INSIDE = _names(
    """
    name company companyname line1 line2 address address1 address2 addressline1 addressline2 street street1 street2
    suburb city postcode postalcode zip zipcode notes note
    """
)
# Names of the parts that are about a person.
_PERSONS = _names(
    """
    customer buyer billto shipto billing shipping billingaddress shippingaddress address addresses defaultaddress
    contact contacts customersnapshot recipient sender contactpersons
    """
)
ERASED = "erased"
_ERASED_EMAIL = "erased@masked.example"


def mask(value: Any, *, about_a_person: bool = False) -> Any:
    """A copy of a payload with personal fields masked. `about_a_person`: the payload itself is a customer."""
    return _changed(value, about_a_person, mask_text)


def erase(value: Any, *, about_a_person: bool = False) -> Any:
    """A copy of a payload with nothing left of personal fields, not even a mask that could be guessed back."""
    return _changed(value, about_a_person, _erased)


def is_personal(name: str, *, about_a_person: bool = False) -> bool:
    """Whether a field of that name speaks of a person."""
    plain = _plain(name)
    return plain in _ALWAYS or (about_a_person and plain in _INSIDE)


def mask_text(text: str) -> str:
    """Text of the same shape: letters become other letters, digits other digits, the rest stays. E-mail addresses
    get a domain that reaches nobody."""
    if _EMAIL.fullmatch(text):
        name = text.partition("@")[0]
        return f"{_scrambled(name, text)}@masked.example"
    return _scrambled(text, text)


def _erased(text: str) -> str:
    return _ERASED_EMAIL if _EMAIL.fullmatch(text) else ERASED


def _changed(value: Any, about_a_person: bool, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _field(name, each, about_a_person, change) for name, each in value.items()}
    if isinstance(value, list):
        return [_changed(each, about_a_person, change) for each in value]
    if isinstance(value, str) and "@" in value:
        return _EMAIL.sub(lambda found: change(found.group()), value)
    return value


def _field(name: str, value: Any, about_a_person: bool, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value)):
        return _changed(value, about_a_person or _plain(name) in _PERSONS, change)
    if not is_personal(name, about_a_person=about_a_person):
        return _changed(value, about_a_person, change)
    return _each(value, change)


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """Everything below a personal name is personal."""
    if isinstance(value, dict):
        return {name: _each(each, change) for name, each in value.items()}
    if isinstance(value, list):
        return [_each(each, change) for each in value]
    if isinstance(value, str):
        return change(value) if value else value
    if value is None or isinstance(value, bool):
        return value
    digits = change(str(value))
    return int(digits) if digits.isdigit() and digits[0] != "0" else 0


def _plain(name: str) -> str:
    return _SEPARATORS.sub("", _CAMEL.sub("_", name).lower())


def _scrambled(text: str, seed: str) -> str:
    noise = hashlib.shake_256(b"codi.mask:" + seed.encode(errors="surrogatepass")).digest(max(len(text), 1))
    out = []
    for each, byte in zip(text, noise, strict=False):
        if each.isdigit():
            out.append(str(byte % 10))
        elif each.isalpha():
            letter = chr(ord("a") + byte % 26)
            out.append(letter.upper() if each.isupper() else letter)
        else:
            out.append(each)
    return "".join(out)
