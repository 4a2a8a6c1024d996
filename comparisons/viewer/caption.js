/** What takes are called where there is little room: what a name has in common with others is cut before what differs. */
takes.caption = (() => {
  const { make, put } = takes.dom;

  /** @typedef {Pick<CellValue, 'provider' | 'label' | 'variant'>} Named */

  const BETWEEN = ' · '; // of a model and what it makes clips from, in a label

  /**
   * The label of a take in two parts: its model's name, and the rest. If another variant of its provider has the same label, the
   * rest is the end of its endpoint.
   *
   * @param {Named} data
   * @param {Named[]} all
   */
  function partsOf({ provider, label, variant }, all) {
    const isTwin = (/** @type {Named} */ other) => other.provider === provider && other.label === label && other.variant !== variant;
    const [name, ...rest] = label.split(BETWEEN);
    return { provider, name, rest: all.some(isTwin) ? (variant || '').split(/[:/]/).pop() || '' : rest.join(BETWEEN) };
  }

  /**
   * How many of its first words a name shares with that of the others which is most like it.
   *
   * @param {string[]} words
   * @param {string[]} others
   */
  function sharedOf(words, others) {
    const shares = others.map((other) => {
      const theirs = other.split(' ');
      const first = words.findIndex((word, at) => word !== theirs[at]);
      return first < 0 ? words.length : first;
    });
    return Math.max(0, ...shares);
  }

  /**
   * A name for each take, in parts: its provider; the beginning of its model's name, which others have too; the end of it, which
   * is its own; and what it makes clips from. `alike`: all takes are of one provider. `needed`: without the last part it would
   * have the name of another one.
   *
   * @param {Named[]} all
   */
  function captionsOf(all) {
    const parts = all.map((data) => partsOf(data, all));
    const names = [...new Set(parts.map(({ name }) => name))];
    const alike = new Set(all.map(({ provider }) => provider)).size === 1;
    return parts.map(({ provider, name, rest }) => {
      const words = name.split(' ');
      const shared = sharedOf(words, names.length === 1 && !alike ? names : names.filter((other) => other !== name));
      const needed = parts.some((other) => other.provider === provider && other.name === name && other.rest !== rest);
      return { provider, common: words.slice(0, shared).join(' '), own: words.slice(shared).join(' '), rest, alike, needed };
    });
  }

  /** @param {Element} parent */
  function captionIn(parent) {
    const provider = make('span', 'tg-provider', parent);
    const what = make('span', 'tg-what', parent);
    return { box: parent, provider, label: make('span', 'tg-label', what), own: make('span', 'tg-own', what), rest: make('span', 'tg-rest', what) };
  }

  /** @param {ReturnType<typeof captionsOf>[number]} of */
  const wholeOf = ({ provider, common, own, rest }) => [provider, [common, own].filter(Boolean).join(' '), rest].filter(Boolean).join(BETWEEN);

  /**
   * @param {ReturnType<typeof captionIn>} caption
   * @param {ReturnType<typeof captionsOf>[number]} of
   */
  function paintCaption({ box, provider, label, own, rest }, of) {
    put(provider, of.provider);
    put(label, of.common);
    put(own, of.own);
    put(rest, of.rest);
    provider.dataset.alike = String(of.alike);
    rest.dataset.needed = String(of.needed);
    /** @type {HTMLElement} */ (box).title = wholeOf(of);
  }

  return { captionIn, captionsOf, paintCaption };
})();
