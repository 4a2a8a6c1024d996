/** The variants as the page knows them: what never changes, which is sent once, and what each refresh says about them. */
takes.catalogue = (() => {
  /**
   * A text in the form in which it is compared: without upper case and accents.
   *
   * @param {string} text
   */
  const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

  /**
   * @param {CatalogueValue['options'][number]} told
   * @returns {OwnOption}
   */
  const optionOf = ([name, label, kind, choices, offered, help]) => ({ name, label, kind, choices, offered, help });

  /**
   * All variants, in the order in which they are shown. Until a refresh says so, none can be called.
   *
   * @param {CatalogueValue} value
   * @returns {Choosable[]}
   */
  function read(value) {
    return value.variants.map(([ref, provider, model, label, inputs, audio, evidence, note, ending, options], number) => {
      const [id, title, family] = value.models[model];
      const names = { ref, model: id, title, label, provider: value.providers[provider], family: value.families[family] };
      const facts = { inputs, audio: Boolean(audio), evidence: value.words[evidence], note: value.words[note], ending: value.words[ending] };
      const own = options.map((place) => optionOf(value.options[place]));
      const now = { there: false, detail: '', price: '', basis: '', reason: '', badge: '', dollars: null, past: '', unused: false };
      return { number, ...names, ...facts, own, text: fold(Object.values(names).join(' ')), now };
    });
  }

  /**
   * Stores in each variant what a refresh says about it.
   *
   * @param {Choosable[]} variants
   * @param {PickerValue} value
   */
  function renew(variants, value) {
    const without = new Set(value.unused);
    for (const variant of variants) {
      const row = value.rows[variant.number];
      const [detail, price, basis, reason, badge] = (row || []).slice(0, 5).map((place) => value.words[place || 0]);
      const past = value.past[variant.number] || '';
      const unused = without.has(variant.number);
      variant.now = row ? { there: true, detail, price, basis, reason, badge, dollars: row[5], past, unused } : { ...variant.now, there: false };
    }
  }

  /**
   * Whether a variant can take part just now.
   *
   * @param {Choosable} variant
   */
  const isAble = (variant) => variant.now.there && !variant.now.reason;

  return { fold, read, renew, isAble };
})();
