# Copyright 2026 the shop
# SPDX-License-Identifier: MIT
