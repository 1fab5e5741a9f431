/** What script adds to a page that reads whole without it. No line of it takes text of the log for anything but text. */
export const HTML_SCRIPT = `
'use strict';
(() => {
  const root = document.documentElement;
  const each = (selector, act, from = document) => from.querySelectorAll(selector).forEach(act);
  each('.tools, .filter, .copy', (part) => { part.hidden = false; });

  document.getElementById('theme').addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });

  const copyByHand = (text) => {
    const area = document.createElement('textarea');
    area.value = text;
    area.readOnly = true;
    area.className = 'hidden';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  };
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyByHand(text);
    }
  };
  each('.copy', (button) => button.addEventListener('click', async () => {
    const done = await copy(button.parentElement.querySelector('pre').textContent);
    button.textContent = done ? 'Copied' : 'Press Ctrl+C';
    button.focus();
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  }));

  const filterTree = (tree, input, output) => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    let total = 0;
    const visit = (branch) => {
      let any = false;
      for (const item of branch.children) {
        if (item.classList.contains('leaf')) {
          const text = (item.dataset.name + ' ' + item.textContent).toLowerCase();
          item.hidden = !words.every((word) => text.includes(word));
          total += 1;
          if (!item.hidden) shown += 1;
        } else {
          const fold = item.querySelector(':scope > details');
          item.hidden = !visit(fold.querySelector(':scope > ul'));
          if (words.length > 0) { fold.dataset.was ??= fold.open ? '1' : ''; fold.open = !item.hidden; }
          else if (fold.dataset.was !== undefined) { fold.open = fold.dataset.was === '1'; delete fold.dataset.was; }
        }
        any ||= !item.hidden;
      }
      return any;
    };
    each(':scope > ul, :scope > details > ul', visit, tree);
    output.textContent = words.length === 0 ? '' : shown + ' of ' + total;
  };
  each('details.tree', (fold) => {
    const input = fold.querySelector('input');
    if (!input) return;
    const run = () => filterTree(fold.querySelector('.branches'), input, fold.querySelector('output'));
    input.addEventListener('input', run);
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') { input.value = ''; run(); }
    });
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target.closest('input, textarea')) return;
    const input = document.querySelector('details.tree input');
    if (!input) return;
    event.preventDefault();
    input.closest('details').open = true;
    input.focus();
  });

  each('.picture', (picture) => {
    const tables = picture.querySelectorAll('.matrix:not(.single)');
    if (tables.length === 0) return;
    const line = document.createElement('p');
    line.className = 'readout';
    line.setAttribute('aria-live', 'polite');
    line.hidden = true;
    picture.append(line);
    const intro = picture.querySelector('.aside');
    if (intro) intro.append(' Point at a cell, or walk with the arrow keys, to read its parameter.');
    const show = (event) => {
      const cell = event.target.closest('td.cell');
      if (!cell) return;
      line.hidden = false;
      line.textContent = cell.title;
    };
    tables.forEach((table) => {
      table.querySelectorAll('td.cell').forEach((cell, index) => { cell.tabIndex = index === 0 ? 0 : -1; });
      table.addEventListener('pointerover', show);
      table.addEventListener('focusin', show);
      table.addEventListener('keydown', walk);
    });
  });
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  function walk(event) {
    const step = steps[event.key];
    const from = event.target.closest('td.cell');
    if (!step || !from) return;
    event.preventDefault();
    const rows = from.closest('tbody').rows;
    let row = from.parentElement.sectionRowIndex;
    let column = from.cellIndex;
    let to;
    do {
      row += step[0];
      column += step[1];
      to = rows[row] && rows[row].cells[column];
    } while (to && !to.classList.contains('cell'));
    if (!to) return;
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  const lead = (hash) => {
    const target = hash.length > 1 && document.getElementById(hash.slice(1));
    if (!target) return false;
    const fold = target.closest('details');
    if (fold) fold.open = true;
    target.scrollIntoView();
    return true;
  };
  addEventListener('hashchange', () => lead(location.hash));
  lead(location.hash);
  // In a frame without an address of its own a link would lead out of the report.
  if (location.protocol === 'about:') document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && lead(link.getAttribute('href'))) event.preventDefault();
  });

  addEventListener('beforeprint', () => each('.remedies details:not([open]), .other:not([open]), .failure:not([open])', (fold) => {
    fold.dataset.printed = '1';
    fold.open = true;
  }));
  addEventListener('afterprint', () => each('[data-printed]', (fold) => {
    delete fold.dataset.printed;
    fold.open = false;
  }));
})();
`;
