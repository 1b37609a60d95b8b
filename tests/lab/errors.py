# SPDX-License-Identifier: GPL-2.0-or-later


class LabError(Exception):
    """The laboratory itself cannot do what was asked; says nothing about the program under test."""
