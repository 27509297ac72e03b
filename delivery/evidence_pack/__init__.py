"""Evidence packs: all that proves one case, in one archive that anybody can check."""
