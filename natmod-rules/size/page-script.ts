/**
 * What the page about sizes does in a browser: shows one module at a time, and tells of the rectangle that has the
 * focus or the pointer. Arrow keys go from one rectangle to the next in that direction. Without it the page shows
 * everything, one below the other.
 */
export const PAGE_SCRIPT = `
'use strict';
(() => {
  const sections = [...document.querySelectorAll('section[data-module]')];
  const moduleBox = document.getElementById('module');
  const archBox = document.getElementById('arch');
  const rows = [...document.querySelectorAll('tr[data-for]')];
  document.querySelector('.chooser').hidden = false;

  const show = (section) => {
    for (const other of sections) other.hidden = other !== section;
    for (const row of rows) {
      if (row.dataset.for === section.id) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
    }
    moduleBox.value = section.dataset.module;
    const arches = sections.filter((s) => s.dataset.module === section.dataset.module).map((s) => s.dataset.arch);
    archBox.replaceChildren(...arches.map((name) => new Option(name, name)));
    archBox.value = section.dataset.arch;
  };
  const choose = (module, arch) => {
    const own = sections.filter((s) => s.dataset.module === module);
    const section = own.find((s) => s.dataset.arch === arch) ?? own[0];
    history.replaceState(null, '', '#' + section.id);
    show(section);
  };
  const fromAddress = () => sections.find((s) => '#' + s.id === location.hash);
  moduleBox.addEventListener('change', () => choose(moduleBox.value, archBox.value));
  archBox.addEventListener('change', () => choose(moduleBox.value, archBox.value));
  addEventListener('hashchange', () => { const section = fromAddress(); if (section) show(section); });

  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const neighbour = (cells, from, [dx, dy]) => {
    const a = from.getBoundingClientRect();
    let best;
    let least = Infinity;
    for (const cell of cells) {
      const b = cell.getBoundingClientRect();
      const gap = dx > 0 ? b.left - a.right : dx < 0 ? a.left - b.right : dy > 0 ? b.top - a.bottom : a.top - b.bottom;
      if (cell === from || gap < -2) continue;
      const aside = dx !== 0 ? Math.max(0, b.top - a.bottom, a.top - b.bottom, Math.abs(b.top - a.top) / 50)
        : Math.max(0, b.left - a.right, a.left - b.right, Math.abs(b.left - a.left) / 50);
      const far = Math.max(0, gap) + 4 * aside;
      if (far < least) [best, least] = [cell, far];
    }
    return best;
  };
  for (const map of document.querySelectorAll('.map')) {
    const cells = [...map.querySelectorAll('.cell')];
    const info = map.nextElementSibling;
    const tell = (cell) => { info.textContent = cell.getAttribute('aria-label'); };
    const go = (cell) => {
      for (const other of cells) other.tabIndex = other === cell ? 0 : -1;
      cell.focus();
    };
    map.addEventListener('pointerover', (event) => { const cell = event.target.closest('.cell'); if (cell) tell(cell); });
    map.addEventListener('click', (event) => { const cell = event.target.closest('.cell'); if (cell) go(cell); });
    map.addEventListener('focusin', (event) => { if (event.target.matches('.cell')) tell(event.target); });
    map.addEventListener('keydown', (event) => {
      const { key, target } = event;
      if (!target.matches('.cell') || event.altKey || event.ctrlKey || event.metaKey) return;
      const next = key === 'Home' ? cells[0] : key === 'End' ? cells.at(-1)
        : steps[key] ? neighbour(cells, target, steps[key]) : undefined;
      if (!next && !steps[key]) return;
      event.preventDefault();
      if (next) go(next);
    });
  }
  if (sections.length > 0) show(fromAddress() ?? sections[0]);
})();
`;
