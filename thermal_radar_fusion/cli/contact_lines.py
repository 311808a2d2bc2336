"""Contacts as lines of text, for logs and for terminals without a live view."""

from __future__ import annotations

import time

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.cli.common import console
from thermal_radar_fusion.contacts.proximity import Contact, ContactState


class ContactLines:
    """Prints one line for each contact that begins or ends; time counts from its creation."""

    def __init__(self) -> None:
        self._begin = time.monotonic()

    def receive(self, data: bytes, received: float) -> None:
        """Tell the contacts of a serialised ContactArray."""
        content = messages.typestore().deserialize_cdr(data, messages.CONTACTS)
        for contact in content.contacts:
            self.tell(messages.contact_from(contact))

    def tell(self, contact: Contact) -> None:
        """Tell one contact unless it merely goes on."""
        if contact.state is ContactState.ONGOING:
            return
        elapsed = time.monotonic() - self._begin
        verb = 'begins' if contact.state is ContactState.BEGIN else 'ends'
        figures = f'nearest {contact.distance_min:.2f} m'
        if contact.state is ContactState.END:
            figures += f', mean {contact.distance_mean:.2f} m, for {contact.duration:.1f} s'
        pair = f'{contact.person_a} and {contact.person_b}'
        console().print(f'{elapsed:6.1f} s  contact {verb}: {pair}, {figures}', markup=False)
