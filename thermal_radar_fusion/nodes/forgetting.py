"""Asks a running reidentifier to forget people."""

from __future__ import annotations

from collections.abc import Iterable

import rclpy
from rclpy.client import Client
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from thermal_radar_fusion.srv import ForgetPerson

PATIENCE = 10.0


class ForgettingError(RuntimeError):
    """A node cannot be asked, or cannot forget; one line that says why."""


def forget_people(node: str, people: Iterable[str]) -> None:
    """Have everybody forgotten, one after another.

    Args:
        node: full name of the reidentifier.
        people: names.

    Raises:
        ForgettingError: there is no such node, it does not answer, or knows nobody of that name.
    """
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    asking = rclpy.create_node('trf_reid')
    try:
        client = asking.create_client(ForgetPerson, f'{node.rstrip("/")}/forget')
        if not client.wait_for_service(PATIENCE):
            raise ForgettingError(f'{node}: there is no such reidentifier')
        for person in people:
            _forget(asking, client, node, person)
    finally:
        asking.destroy_node()
        rclpy.try_shutdown()


def _forget(asking: Node, client: Client, node: str, person: str) -> None:
    future = client.call_async(ForgetPerson.Request(person=person))
    rclpy.spin_until_future_complete(asking, future, timeout_sec=PATIENCE)
    if not future.done():
        raise ForgettingError(f'{node}: does not answer')
    if not future.result().success:
        raise ForgettingError(f'{node}: {future.result().message}')
