// An answer of which a part may come later. Runs once as the on-load body of the component.

watch('value', () => {
  const told = element.querySelector('[data-later]');
  waitFor(told ? told.dataset.later : '', () => trigger('later', {}));
});
