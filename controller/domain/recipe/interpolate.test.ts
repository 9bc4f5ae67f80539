import { describe, expect, it } from 'vitest';
import templates from '../../../tests/fixtures/interpolation/templates.json' with { type: 'json' };
import { interpolate } from './interpolate.ts';

const ENV = { SET: 'value', EMPTY: '', OTHER: 'other' };

describe('as docker fills in', () => {
  const rows = templates.rows.map(([template = '', docker = null]) => ({ template: template ?? '', docker }));
  it('has templates of all kinds', () => expect(rows.length).toBeGreaterThan(60));

  it.each(rows)('$template', ({ template, docker }) => {
    const { text, problem, missing } = interpolate(template, templates.env);
    const isRefused = problem !== null || missing.some(({ required }) => required !== null);
    expect(isRefused ? null : text).toBe(docker);
  });
});

describe('interpolate', () => {
  it.each([
    ['plain text', 'plain text'],
    ['$SET and ${SET}', 'value and value'],
    ['price: $$5', 'price: $5'],
    ['${MISSING:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${EMPTY-fallback}', ''],
    ['${MISSING-}', ''],
    ['${MISSING:-${OTHER}}', '${OTHER}'],
    ['${SET:-${OTHER}}', 'value}'],
    ['${MISSING:-a${EMPTY:-b}c}d', 'a${EMPTY:-bc}d'],
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
    { template: '${MISSING:-${GONE}}', missing: [] },
    { template: '${MISSING:?set it} $GONE', missing: [{ name: 'GONE', required: null }] },
    { template: '${toString}', missing: [{ name: 'toString', required: null }] },
  ])('says what $template misses', ({ template, missing }) => {
    expect(interpolate(template, ENV).missing).toEqual(missing);
  });

  it.each(['costs $ 5', '${', '${}', '${SET', '${SET!x}', '${1X}', '$SET $?'])(
    'finds fault with %s',
    (template) => {
      expect(interpolate(template, ENV).problem).toContain('$$');
    },
  );

  it.each([
    ['${SET:+yes}', ':+'],
    ['${MISSING+yes}', '+'],
  ])('finds fault with %s, because docker knows no %s', (template, operator) => {
    expect(interpolate(template, ENV).problem).toContain(`does not know the operator ${operator}`);
  });

  it('names every variable', () => {
    expect(interpolate('${SET}_${MISSING:-x}$OTHER', ENV).names).toEqual(['SET', 'MISSING', 'OTHER']);
  });

  it('names none of those that docker does not look at', () => {
    expect(interpolate('${SET}_${MISSING:-${OTHER}}', ENV).names).toEqual(['SET', 'MISSING']);
  });

  it.each([
    {
      template: '${MISSING:-https://${SET}}',
      text: 'https://${SET}',
      odd: /no variable inside the text after ":-"/,
    },
    { template: '${SET:?say it - please}', text: ' please', odd: /looks for "-" first/ },
    { template: '$SET-db and more', text: 'value', odd: /all of "SET-db and more".*\$\{SET\}/ },
    { template: '[ $? ] $SET', text: '[ ? ] value', odd: /dropped without a word/ },
    {
      template: '${MISSING:?set it} $SET',
      text: ' value',
      odd: /MISSING is required, and docker forgets it/,
    },
    { template: '${MISSING:-a$$b}', text: 'a$$b', odd: /no variable inside/ },
  ])('says of $template that nobody means what docker makes of it', ({ template, text, odd }) => {
    const said = interpolate(template, ENV);
    expect(said).toMatchObject({ text, problem: null });
    expect(said.odd.join()).toMatch(odd);
  });

  it.each(['$SET ${SET} $$', '${MISSING:-a-b?c}', '${SET:?say it}'])(
    'finds %s as anybody means it',
    (template) => {
      expect(interpolate(template, ENV).odd).toEqual([]);
    },
  );
});
