"""Where allauth asks the portal."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import AbstractBaseUser


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def get_user_display_name(self, user: AbstractBaseUser) -> str:
        return str(user)
