import { expect, it } from 'vitest';
import { plainScalar, writtenOut, YamlTime } from './yaml-scalar.ts';

it.each([
  { text: '42', want: '42' },
  { text: '9007199254740993123', want: '9007199254740993123' },
  { text: '18446744073709551615', want: '18446744073709551615' },
  { text: '18446744073709551616', want: '1.8446744073709552e+19' },
  { text: '1_000_000', want: '1000000' },
  { text: '0644', want: '420' },
  { text: '0o644', want: '420' },
  { text: '0899', want: '899' },
  { text: '-0644', want: '-420' },
  { text: '0x1F', want: '31' },
  { text: '0b11', want: '3' },
  { text: '+5', want: '5' },
  { text: '1.10', want: '1.1' },
  { text: '1.0', want: '1' },
  { text: '-0.0', want: '-0' },
  { text: '1e3', want: '1000' },
  { text: '21.0e6', want: '2.1e+07' },
  { text: '1.5e-9', want: '1.5e-09' },
  { text: '0.0001', want: '0.0001' },
])('docker writes $text out as $want', ({ text, want }) => {
  const value = plainScalar(text);
  expect(typeof value === 'bigint' || typeof value === 'number' ? writtenOut(value) : value).toBe(want);
});

it.each(['yes', 'no', 'on', 'off', 'y', '1:30', '0x', '1e999', '_1', '2024-13-01', '1.2.3', '<<'])(
  '%s is a text',
  (text) => expect(plainScalar(text)).toBe(text),
);

it.each([
  { text: '', want: null },
  { text: '~', want: null },
  { text: 'True', want: true },
  { text: 'FALSE', want: false },
])('"$text" is $want', ({ text, want }) => expect(plainScalar(text)).toBe(want));

it.each(['2024-01-02', '2024-2-29', '2001-12-14T21:59:43.1Z', '2001-12-14 21:59:43'])(
  '%s is a time',
  (text) => expect(plainScalar(text)).toBeInstanceOf(YamlTime),
);
