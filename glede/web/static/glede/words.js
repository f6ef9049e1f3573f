// What the scripts say, in the language of the page. A page in another language than English loads
// Django's catalogue of their words before them; without it they speak English.
//
//   import { gettext, ngettext } from "./words.js";
//   gettext("Saved %(at)s", { at });
//   ngettext("%(n)s new message", "%(n)s new messages", count);
//
// Words stand in the call itself, whole: tools/translations.py finds them there.

const known = globalThis.django ?? {};

const filled = (words, values) =>
  words.replace(/%\((\w+)\)s/g, (hole, name) => (name in values ? String(values[name]) : hole));

export function gettext(words, values = {}) {
  return filled(known.gettext?.(words) ?? words, values);
}

/** The form for `n`, by the language's own rule; `n` fills %(n)s. */
export function ngettext(one, many, n, values = {}) {
  const words = known.ngettext?.(one, many, n) ?? (n === 1 ? one : many);
  return filled(words, { n, ...values });
}
