import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, Html, shown } from './html.ts';

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom('<', '>', '"', "'", '&', '&lt;', '<script>', '"onload=', '</a>', '`', '\0', 'x', '{'),
    )
    .map((parts) => parts.join('')),
);

describe('the template', () => {
  it('makes no markup of any text, neither between tags nor in an attribute', () => {
    fc.assert(
      fc.property(hostile, hostile, (text, title) => {
        const page = html`<p title="${title}">${text}</p>`.toString();
        const inner = /^<p title="([^"<>']*)">([^"<>']*)<\/p>$/.exec(page);
        expect(inner).not.toBeNull();
        expect(unescaped(inner?.[1] ?? '')).toBe(shown(title));
        expect(unescaped(inner?.[2] ?? '')).toBe(shown(text));
      }),
    );
  });

  it('leads nowhere but to us or to a web address', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const page = html`<a href="${text}">x</a>`.toString();
        expect(page).toMatch(/^<a href="(?:#[^"<>]*|\/(?![/\\])[^"<>]*|https?:\/\/[^"<>]*)">x<\/a>$/);
      }),
    );
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.example', '/\\evil.example', ' /x', 'x'])(
    'does not lead to %s',
    (address) => expect(html`<a href="${address}">x</a>`.toString()).toBe('<a href="#">x</a>'),
  );

  it('keeps what it made itself, and lists of it, and leaves out what is nothing', () => {
    const items = ['a&b', html`<b>${'<'}</b>`, null, undefined, false, 7] as const;
    expect(html`<p>${items}</p>`.toString()).toBe('<p>a&amp;b<b>&lt;</b>7</p>');
  });

  it('takes nothing for markup that it did not make', () => {
    expect(() => new Html(Symbol('html'), '<b>')).toThrow('made by');
    const forged = { toString: () => '<b>', text: '<b>' } as never;
    expect(() => html`<p>${forged}</p>`).toThrow(TypeError);
    expect(() => html`<p title=${'x'}>`).toThrow('double quotes');
  });

  it('shows no password of an address, and no control characters', () => {
    expect(html`${'https://me:pw@host/x'}`.toString()).toBe('https://***@host/x');
    expect(html`${'a\u001b[31mred\u001b[0m\u0007\u202e\nb'}`.toString()).toBe('ared?\\u{202E}\nb');
  });
});
