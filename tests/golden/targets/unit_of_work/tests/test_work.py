import unittest

from depot.store import Record, Store
from depot.work import Work


class TestWork(unittest.TestCase):
    def setUp(self):
        self.store = Store(a=Record(1))

    def test_put(self):
        with Work(self.store) as work:
            work.put("a", 2)
        self.assertEqual(self.store.read("a"), Record(2, 1))
