'use strict';
// The buttons within the rows of History. Runs once as the on-load body of the component: the rows come and go with its
// value, so the container listens for them. Whoever works by keyboard stays where they were when a row is written anew.

const ACTS = ['ask', 'keep', 'delete', 'fetch'];
let last = null;

// The browser's own field for dates can be used by keyboard and by touch, and knows the calendar. It must be there before
// anything is typed, and may come after this.
function dates() {
  for (const input of document.querySelectorAll('#history-first input, #history-last input')) input.type = 'date';
}

dates();
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-act]');
  if (!button || button.disabled || !ACTS.includes(button.dataset.act)) return;
  if (button.dataset.act === 'delete') button.disabled = true;
  last = { act: button.dataset.act, run: button.dataset.run };
  trigger(last.act, { run: last.run });
});

element.addEventListener('keydown', (event) => {
  const keep = event.key === 'Escape' && element.querySelector('[data-act=keep]');
  if (keep) keep.click();
});

// An act that was refused changes no row: what is typed elsewhere meanwhile must not lose the focus to it.
document.addEventListener('focusin', (event) => {
  if (element.contains(event.target)) return;
  last = null;
  for (const button of element.querySelectorAll('button[data-act=delete]:disabled')) button.disabled = false;
});

watch('value', () => {
  dates();
  if (!last) return;
  const { act, run } = last;
  last = null;
  const buttons = Array.from(element.querySelectorAll('button[data-act]'));
  const wanted = { ask: 'keep', fetch: 'fetch' }[act] || 'ask';
  const next = buttons.find((button) => button.dataset.act === wanted && button.dataset.run === run);
  (next || buttons[0] || element.querySelector('a') || document.body).focus();
});
