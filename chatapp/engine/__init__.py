"""The torch floor: everything that touches tensors. No Qt here."""
