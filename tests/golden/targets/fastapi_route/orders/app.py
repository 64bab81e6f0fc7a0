from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.database import get_session
from orders.models import Customer, Order

router = APIRouter(prefix="/customers", tags=["customers"])


class NewOrder(BaseModel):
    cents: int = Field(gt=0)
    gift: bool = False


class OrderOut(BaseModel):
    id: int
    cents: int


def customer(customer_id: int, session: Annotated[Session, Depends(get_session)]) -> Customer:
    found = session.get(Customer, customer_id)
    if found is None:
        raise HTTPException(404, "no such customer")
    return found


@router.post("/{customer_id}/orders", status_code=201, response_model=OrderOut)
async def place(
    new: NewOrder,
    buyer: Annotated[Customer, Depends(customer)],
    session: Annotated[Session, Depends(get_session)],
) -> Order:
    """Place an order."""
    if buyer.blocked:
        raise HTTPException(403, detail="customer is blocked")
    cents = 0 if new.gift else new.cents
    order = Order(customer=buyer, cents=cents)
    session.add(order)
    session.commit()
    return order


@router.get("/{customer_id}/orders", response_model=list[OrderOut])
def orders(
    buyer: Annotated[Customer, Depends(customer)],
    session: Annotated[Session, Depends(get_session)],
    least: Annotated[int, Query(ge=0)] = 0,
) -> list[Order]:
    query = select(Order).where(Order.customer_id == buyer.id)
    if least:
        query = query.where(Order.cents >= least)
    return list(session.scalars(query))


def total(session: Session, name: str) -> int:
    """What a customer has ordered, in cents."""
    found = session.scalar(select(Customer).where(Customer.name == name))
    if found is None:
        return 0
    return sum(order.cents for order in found.orders)


app = FastAPI()
app.include_router(router, prefix="/api")
