"""Runs a Swift server, or builds the rings, with a swift.conf that is not in /etc/swift.

swift-server.py FOLDER account|container|object|proxy
swift-server.py FOLDER rings ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT

Swift's own commands read /etc/swift/swift.conf as they are imported. Pointing the library at another folder
first lets several Swifts run on a machine without a change to its files.
"""

import sys

from swift.common import constraints, storage_policy, utils

FOLDER, COMMAND, *PORTS = sys.argv[1:]


def build_rings():
    """Writes one ring each, with a single device: a tenth of the time of the swift-ring-builder command."""
    from swift.common.ring import RingBuilder

    for name, port in zip(('account', 'container', 'object'), PORTS):
        builder = RingBuilder(part_power=4, replicas=1, min_part_hours=1)
        address = {'ip': '127.0.0.1', 'port': int(port), 'replication_ip': '127.0.0.1', 'replication_port': int(port)}
        builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1.0, 'device': 'disk', 'meta': '', **address})
        builder.rebalance()
        builder.get_ring().save(f'{FOLDER}/{name}.ring.gz')


def serve(server):
    from swift.common.wsgi import run_wsgi

    options = {}
    if server == 'object-server':
        from swift.obj.server import global_conf_callback
        options['global_conf_callback'] = global_conf_callback
    return run_wsgi(f'{FOLDER}/{server}.conf', server, verbose=True, **options)


utils.set_swift_dir(FOLDER)
constraints.reload_constraints()
storage_policy.reload_storage_policies()
sys.exit(build_rings() if COMMAND == 'rings' else serve(f'{COMMAND}-server'))
