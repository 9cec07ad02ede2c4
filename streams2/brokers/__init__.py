"""The same flow control between machines: queues at a broker, as streams.

    async with brokers.connect("nats://127.0.0.1:4222") as broker:
        await promises.pipeline(
            broker.subscriber("work"), brokers.work(shout), broker.publisher("done")
        )

- `broker`: `connect`, and what a `Broker` can do. `publisher`, `subscriber`: its streams.
- `messages`: what travels, and how what became of it gets back. `stages`: what is done with it.
- `engine`: what a broker must be able to do; `nats`, `redis` (with `redis_scripts`), `memory`: the
  three that there are.
- `patience`: what is done about a broker that is away; `errors`: what goes wrong.

Not here: subjects, exchanges, replay, consumer groups, and all else that a broker has and that
needs no flow control: for these, its own client.
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from .broker import Broker as Broker
from .broker import connect as connect
from .engine import QueueInfo as QueueInfo
from .errors import BrokerClosedError as BrokerClosedError
from .errors import BrokerLostError as BrokerLostError
from .errors import BrokerRefusedError as BrokerRefusedError
from .errors import QueueDiffersError as QueueDiffersError
from .errors import QueueNotFoundError as QueueNotFoundError
from .messages import Message as Message
from .messages import join as join
from .publisher import Publisher as Publisher
from .stages import into as into
from .stages import work as work
from .subscriber import Subscriber as Subscriber

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
