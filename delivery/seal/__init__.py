"""Sign and encrypt what goes to a bureau, decrypt and verify what comes back."""
