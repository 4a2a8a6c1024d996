/** A person's star, note and tags for a run or a take. The server keeps them, and History can search for them. */
takes.marks = (() => {
  const { make } = takes.dom;

  const NOTE_MOST = 500; // letters, as in `mark.py`
  const TAGS_MOST = 200;

  /** @param {string} what */
  const starWords = (what) => 'Star this ' + what;

  /**
   * A star, and fields for a note and tags, which tell the server when they are changed.
   *
   * @param {Element} starIn
   * @param {Element} fieldsIn
   * @param {string} what
   * @param {(mark: MarkValue) => void} tell
   */
  function marking(starIn, fieldsIn, what, tell) {
    const star = make('button', 'tg-star', starIn, { type: 'button', 'data-act': 'star', 'aria-label': starWords(what), title: starWords(what) });
    star.textContent = '☆';
    const fields = make('div', 'tg-marks', fieldsIn, { hidden: '' });
    const note = field(fields, 'Note', 'of this ' + what, NOTE_MOST);
    const tags = field(fields, 'Tags', 'of this ' + what + ', separated by commas', TAGS_MOST);
    const isStarred = () => star.getAttribute('aria-pressed') === 'true';
    /** @param {boolean} starred */
    const send = (starred) => tell({ star: starred, note: note.value, tags: tags.value });
    star.addEventListener('click', () => { paintStar(star, !isStarred()); send(isStarred()); });
    for (const input of [note, tags]) input.addEventListener('change', () => send(isStarred()));
    return { star, fields, note, tags };
  }

  /**
   * @param {Element} parent
   * @param {string} label
   * @param {string} more
   * @param {number} most letters
   */
  function field(parent, label, more, most) {
    const box = make('label', 'tg-mark', parent);
    make('span', '', box).textContent = label;
    return make('input', '', box, { type: 'text', maxlength: String(most), 'aria-label': label + ' ' + more });
  }

  /**
   * @param {HTMLElement} star
   * @param {boolean} to
   */
  function paintStar(star, to) {
    star.setAttribute('aria-pressed', String(to));
    star.textContent = to ? '★' : '☆';
  }

  /**
   * Shows a mark; without one, the star and fields are hidden. A field in which a person types is not changed.
   *
   * @param {ReturnType<typeof marking>} marks
   * @param {MarkValue | null | undefined} mark
   */
  function paintMarks({ star, fields, note, tags }, mark) {
    star.hidden = !mark;
    if (!mark) { fields.hidden = true; return; }
    paintStar(star, mark.star);
    if (document.activeElement !== note) note.value = mark.note;
    if (document.activeElement !== tags) tags.value = mark.tags;
  }

  return { marking, paintMarks };
})();
