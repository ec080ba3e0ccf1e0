import pytest

from harness import Gateway


@pytest.fixture
def make_gateway(tmp_path):
    """Start gateways; at the end each must stop cleanly and must not have complained unannounced."""
    made = []

    def make(name="gateway", start=True, **options):
        gateway = Gateway(tmp_path / name, **options)
        made.append(gateway)
        return gateway.start() if start else gateway

    yield make
    for gateway in made:
        gateway.stop()
    for gateway in made:
        assert gateway.complaints() == []


@pytest.fixture
def gateway(make_gateway):
    return make_gateway()
