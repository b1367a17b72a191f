"""Every entity by its word."""

from __future__ import annotations

from engine.errors import UsageError
from engine.records.category import Category
from engine.records.customer import Customer
from engine.records.entity import Entity
from engine.records.invoice import Invoice, Refund
from engine.records.order import SalesOrder
from engine.records.payment import Payment
from engine.records.price import PriceEntry, PriceList
from engine.records.product import Product
from engine.records.purchase_order import PurchaseOrder
from engine.records.reference import Location, PaymentMethod, ShippingMethod, TaxCode
from engine.records.shipment import Shipment
from engine.records.stock import StockLevel

ENTITIES: dict[str, type[Entity]] = {
    "category": Category,
    "customer": Customer,
    "invoice": Invoice,
    "location": Location,
    "payment": Payment,
    "payment_method": PaymentMethod,
    "price": PriceEntry,
    "price_list": PriceList,
    "product": Product,
    "purchase_order": PurchaseOrder,
    "refund": Refund,
    "sales_order": SalesOrder,
    "shipment": Shipment,
    "shipping_method": ShippingMethod,
    "stock_level": StockLevel,
    "tax_code": TaxCode,
}


def entity(name: str) -> type[Entity]:
    """The entity called `name`. Raises UsageError that names all of them."""
    try:
        return ENTITIES[name]
    except KeyError:
        raise UsageError(f"there is no entity {name!r}; there are {', '.join(ENTITIES)}") from None
