import pytest

from wsproto.handshake import H11Handshake
from wsproto.utilities import LocalProtocolError
