import { describe, expect, it } from 'vitest';
import { interpolate } from './interpolate.ts';

const ENV = { SET: 'value', EMPTY: '', OTHER: 'other' };

describe('interpolate', () => {
  it.each([
    ['plain text', 'plain text'],
    ['$SET and ${SET}', 'value and value'],
    ['price: $$5', 'price: $5'],
    ['${MISSING:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${EMPTY-fallback}', ''],
    ['${MISSING-}', ''],
    ['${SET:+yes}${MISSING:+yes}', 'yes'],
    ['${MISSING:-${OTHER}}', 'other'],
    ['${MISSING:-a${EMPTY:-b}c}d', 'abcd'],
    ['${MISSING:-https://example.org:443/x?y=1}', 'https://example.org:443/x?y=1'],
    ['{{ env "STACK_NAME" }}_app', '{{ env "STACK_NAME" }}_app'],
    ['Host(`${SET}`${EMPTY})', 'Host(`value`)'],
  ])('turns %s into %s', (template, text) => {
    expect(interpolate(template, ENV)).toMatchObject({ text, missing: [], problem: null });
  });

  it.each([
    { template: 'a $MISSING b', missing: [{ name: 'MISSING', required: null }] },
    { template: '${MISSING:?set it}', missing: [{ name: 'MISSING', required: 'set it' }] },
    { template: '${EMPTY:?set it}', missing: [{ name: 'EMPTY', required: 'set it' }] },
    { template: '${MISSING:-${GONE}}', missing: [{ name: 'GONE', required: null }] },
    { template: '${toString}', missing: [{ name: 'toString', required: null }] },
  ])('says what $template misses', ({ template, missing }) => {
    expect(interpolate(template, ENV).missing).toEqual(missing);
  });

  it.each(['costs $ 5', '${', '${}', '${SET', '${SET!x}', '${1X}'])('finds fault with %s', (template) => {
    expect(interpolate(template, ENV).problem).toContain('$$');
  });

  it('names every variable', () => {
    expect(interpolate('${SET}_${MISSING:-${OTHER}}', ENV).names).toEqual(['SET', 'MISSING', 'OTHER']);
  });
});
