# SPDX-License-Identifier: GPL-2.0-or-later
"""A pair under faults drawn from a seed, and a checker of what its clients were told: docs/chaos.md.

plan draws the faults, client and recorder write down what clients were told, checker judges it, faults and
world bring the faults about, run puts it together.
"""
