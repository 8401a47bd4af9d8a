"""Reads the event files of a run as TensorBoard does, and holds them against its history.csv.

usage: tensorboard_events.py RUN FILES-A-FOLDER

Written from the formats' descriptions alone: the framing of TensorFlow's records (lengths and masked CRC-32C checked), the wire
format of protocol buffers, and what a SessionLog START means: it voids what was said before of its step and later ones.
"""
import csv
import pathlib
import struct
import sys

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        length, = struct.unpack_from('<Q', data, at)
        assert struct.unpack_from('<I', data, at + 8)[0] == masked_crc(data[at:at + 8]), f'checksum of a length at {at}'
        payload = data[at + 12:at + 12 + length]
        assert struct.unpack_from('<I', data, at + 12 + length)[0] == masked_crc(payload), f'checksum of a record at {at}'
        yield payload
        at += 16 + length


def fields(message):
    """Pairs of field number and value: an integer for a varint, bytes for everything else."""
    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
    at = 0
    while at < len(message):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        length = {1: 8, 5: 4}.get(kind) or varint()
        assert kind in (1, 2, 5) and at + length <= len(message), f'wire type {kind}, {length} bytes'
        yield key >> 3, message[at:at + length]
        at += length


def scalars_of(folder, n_files):
    """{(tag, step): value} of one of TensorBoard's runs."""
    scalars = {}
    files = sorted(folder.iterdir())
    assert len(files) == n_files, f'{folder}: expected {n_files} files, found {[file.name for file in files]}'
    for file in files:
        assert file.name.startswith('events.out.tfevents.'), file
        for i, record in enumerate(records(file.read_bytes())):
            event = dict(fields(record))
            wall_time, = struct.unpack('<d', event[1])
            assert wall_time > 1.6e9, f'{file}: time {wall_time}'
            assert (event.get(3) == b'brain.Event:2') == (i == 0), f'{file}: version in record {i}'
            step = event.get(2, 0)
            if 7 in event:
                assert dict(fields(event[7])) == {1: 1}, f'{file}: session {event[7]}'
                scalars = {key: value for key, value in scalars.items() if key[1] < step}
            for number, value in fields(event.get(5, b'')):
                assert number == 1
                scalar = dict(fields(value))
                key = scalar[1].decode(), step
                assert key not in scalars, f'{file}: {key} twice'
                scalars[key], = struct.unpack('<f', scalar[2])
    return scalars


def expected_of(run):
    """{run: {(tag, step): value}} that the history wants."""
    rows = list(csv.DictReader(open(run / 'history.csv')))
    n_heads = {row['branch']: len({r['head'] for r in rows if r['branch'] == row['branch']}) for row in rows}
    expected = {}
    for row in rows:
        step, wanted = int(row['epoch']), expected.setdefault(row['branch'], {})
        head = row['head'] + '/' if n_heads[row['branch']] > 1 else ''
        if row['branch'] == 'total':
            names = {'weighted_loss': 'loss', 'val_weighted_loss': 'val_loss'}
        else:
            names = {head + 'loss': 'loss', head + 'val_loss': 'val_loss', head + row['metric']: 'value',
                     head + 'val_' + row['metric']: 'val_value', 'learning_rate': 'lr'}
        wanted.update({(tag, step): float(row[column]) for tag, column in names.items() if row[column]})
    if len(expected) == 2:
        del expected['total']  # of one branch it would say the same again
    return expected


def main(run, n_files):
    found = {folder.name: scalars_of(folder, n_files) for folder in (run / 'tensorboard').iterdir()}
    expected = expected_of(run)
    assert set(found) == set(expected), f'expected runs {sorted(expected)}, found {sorted(found)}'
    n = 0
    for name, wanted in expected.items():
        for key, value in wanted.items():
            assert key in found[name], f'{name}: no {key}'
            assert abs(found[name][key] - value) <= 1e-6 * abs(value), f'{name} {key}: {found[name][key]}, expected {value}'
            n += 1
        others = {tag for tag, step in found[name]} - {tag for tag, step in wanted}
        assert others <= {'weighted_loss', 'val_weighted_loss', 'images_per_s'}, f'{name}: unexpected {others}'
        if name != 'total':
            steps = sorted(step for tag, step in wanted if tag == 'learning_rate')
            rates = {step: value for (tag, step), value in found[name].items() if tag == 'images_per_s'}
            assert 1 in rates and set(rates) <= set(steps) and min(rates.values()) > 0, f'{name}: images_per_s {rates}'
    print(f'{n} scalars of {len(found)} runs agree with history.csv')


main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
