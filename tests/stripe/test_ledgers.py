"""The comparison finds what is planted."""

from ledgers import differences


def payment(name="pay_1", captured=100, refunded=0):
    return {"id": name, "captured": {"amount": captured}, "refunded": {"amount": refunded}}


def intent(captured=100, refunded=0, held=0):
    return {"status": "succeeded", "amount_received": captured, "amount_capturable": held,
            "latest_charge": {"amount_refunded": refunded}}


def test_equal_ledgers_have_no_differences():
    payments = [payment(), payment("pay_2", 100, 30), payment("pay_3", 0), payment("pay_4", 0)]
    intents = {"pay_1": intent(), "pay_2": intent(100, 30), "pay_4": intent(0), "pay_5": intent(50, 50)}
    assert differences(payments, intents) == []


def test_each_kind_of_difference_is_found():
    for payments, intents in [
            ([payment()], {}),  # booked, never paid
            ([], {"pay_1": intent()}),  # paid, never booked
            ([payment(captured=0)], {"pay_1": intent()}),
            ([payment()], {"pay_1": intent(captured=90)}),
            ([payment(refunded=40)], {"pay_1": intent()}),
            ([payment()], {"pay_1": intent(refunded=100)}),
            ([payment(captured=0)], {"pay_1": intent(captured=0, held=100)})]:
        assert len(differences(payments, intents)) == 1, (payments, intents)
