/** Which variants a search finds, and which ones the buttons for several variants pick. Nothing here touches the page. */
takes.finding = (() => {
  const { fold, isAble } = takes.catalogue;

  const INPUTS = ['Text', 'First frame', 'Last frame', 'References']; // by their bit in `inputs`
  const CHEAPEST = 10;

  /** @returns {Sought} */
  const everything = () => (
    { words: '', families: new Set(), providers: new Set(), inputs: new Set(), audio: false, priced: false, ending: false }
  );

  /**
   * Whether the search has any condition.
   *
   * @param {Sought} sought
   */
  function isNarrow(sought) {
    const sets = [sought.families, sought.providers, sought.inputs];
    return Boolean(sought.words.trim() || sought.audio || sought.priced || sought.ending) || sets.some((set) => set.size > 0);
  }

  /**
   * The variants that fit the search, among those that can be called, in their order.
   *
   * @param {Choosable[]} variants
   * @param {Sought} sought
   */
  function found(variants, sought) {
    const words = fold(sought.words).split(/\s+/).filter(Boolean);
    const wanted = [...sought.inputs].reduce((bits, input) => bits | (1 << input), 0);
    return variants.filter((variant) => variant.now.there
      && (variant.inputs & wanted) === wanted
      && (!sought.families.size || sought.families.has(variant.family))
      && (!sought.providers.size || sought.providers.has(variant.provider))
      && (!sought.audio || variant.audio)
      && (!sought.priced || Boolean(variant.now.price))
      && (!sought.ending || Boolean(variant.ending))
      && words.every((word) => variant.text.includes(word)));
  }

  /**
   * The variants that can take part, and whose maker has announced no end of the model.
   *
   * @param {Choosable[]} variants
   */
  const offered = (variants) => variants.filter((variant) => isAble(variant) && !variant.ending);

  /**
   * The variants of these that a button for several may pick: those that can take part, but none that would leave out an image
   * that is set if another of these is of the same model at the same provider and uses it.
   *
   * @param {Choosable[]} variants
   */
  function pickable(variants) {
    const able = offered(variants);
    const using = new Set(able.filter(({ now }) => !now.unused).map(placeOf));
    return able.filter((variant) => !variant.now.unused || !using.has(placeOf(variant)));
  }

  /** @param {Choosable} variant */
  const placeOf = ({ provider, model }) => provider + ' ' + model;

  /**
   * One variant of each family that has none picked: preferably one that is sent the whole request and is documented.
   *
   * @param {Choosable[]} variants
   * @param {(variant: Choosable) => boolean} isPicked
   */
  function oneOfEach(variants, isPicked) {
    const have = new Set(variants.filter(isPicked).map((variant) => variant.family));
    /** @type {Map<string, Choosable>} */
    const best = new Map();
    for (const variant of pickable(variants)) {
      const other = best.get(variant.family);
      if (!have.has(variant.family) && (!other || doubts(variant) < doubts(other))) best.set(variant.family, variant);
    }
    return [...best.values()];
  }

  /** @param {Choosable} variant */
  const doubts = (variant) => (variant.now.badge ? 2 : 0) + (variant.evidence ? 1 : 0);

  /**
   * The variants with the lowest known prices in dollars; of equal prices the first in the list.
   *
   * @param {Choosable[]} variants
   */
  function cheapest(variants, count = CHEAPEST) {
    const priced = pickable(variants).filter((variant) => variant.now.dollars !== null);
    return priced.sort((one, other) => (one.now.dollars || 0) - (other.now.dollars || 0)).slice(0, count);
  }

  /**
   * Things grouped by name, in their order.
   *
   * @template Thing
   * @param {Thing[]} things
   * @param {(thing: Thing) => string} nameOf
   * @returns {Map<string, Thing[]>}
   */
  function grouped(things, nameOf) {
    const groups = new Map();
    for (const thing of things) {
      const name = nameOf(thing);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(thing);
    }
    return groups;
  }

  return { INPUTS, everything, isNarrow, found, offered, pickable, oneOfEach, cheapest, grouped };
})();
