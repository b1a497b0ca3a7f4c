"""Holds what Atrium says of each payment against what the provider did."""


def kept(payment):
    """Money that Atrium says it has: captured and not given back."""
    return payment["captured"]["amount"] - payment["refunded"]["amount"]


def taken(intent):
    """The same in the provider's ledger."""
    charge = intent.get("latest_charge") or {}
    return intent["amount_received"] - charge.get("amount_refunded", 0)


def differences(payments, intents):
    """Texts, one for each payment that the two ledgers disagree about; no saga may be open.

    payments: Atrium's payment documents; intents: {payment id: PaymentIntent with its charge}.
    """
    found = []
    ours = {p["id"]: p for p in payments}
    for name in sorted({*ours, *intents}):
        payment, intent = ours.get(name), intents.get(name)
        if intent is None:
            if payment["captured"]["amount"] > 0:
                found.append(f"{name}: Atrium has {kept(payment)}, the provider knows nothing")
            continue
        mine = kept(payment) if payment else 0
        if mine != taken(intent):
            found.append(f"{name}: Atrium has {mine}, the provider {taken(intent)} ({intent['status']})")
        if intent["amount_capturable"] > 0:
            found.append(f"{name}: {intent['amount_capturable']} still held at the provider")
    return found
