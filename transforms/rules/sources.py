"""Sources that several rules name."""

from __future__ import annotations

NOTICE_2018 = "互金整治办《关于报送P2P平台借款人逃废债信息的通知》2018-08-08"
