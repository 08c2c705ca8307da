/** The style sheet of the page about sizes, for light and dark screens. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --page: #fff; --ink: #1b1f24; --faint: #57606a; --line: #d0d7de; --head: #f3f5f7;
  --text: #9ec5f4; --rodata: #a8dcae; --data: #f6cf8f; --bss: #d9c2f0; --got: #f5b5b0; --relocs: #f3c1dd; --other: #d5d9de;
  --cell-ink: #10151b; --focus: #d1242f; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161b; --ink: #e6e9ed; --faint: #9aa4af; --line: #39424d; --head: #1c232b;
    --text: #245a93; --rodata: #2c6b39; --data: #7d5a1c; --bss: #5b4182; --got: #8a3a35; --relocs: #7c3a62; --other: #454d57;
    --cell-ink: #f2f5f8; --focus: #ffd33d; }
}
* { box-sizing: border-box; } [hidden] { display: none !important; }
body { margin: 0; padding: 1rem clamp(.75rem, 3vw, 2.5rem) 3rem; background: var(--page); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .3rem 0; } .faint { color: var(--faint); }
.chooser { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: .75rem 0; }
.chooser label { display: grid; gap: .15rem; font-size: .85rem; color: var(--faint); }
select { font: inherit; color: var(--ink); background: var(--page); border: 1px solid var(--line); border-radius: 4px; padding: .25rem .4rem; }
.map { position: relative; width: 100%; border: 1px solid var(--line); background: var(--head); overflow: hidden; }
.map.file { aspect-ratio: 1200 / 600; min-height: 320px; } .map.memory { aspect-ratio: 1200 / 160; min-height: 90px; }
.group, .cell { position: absolute; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; text-align: left;
  font: 11px/14px system-ui, sans-serif; color: var(--cell-ink); padding: 0 3px; margin: 0; border-radius: 0; }
.group { border: 1px solid var(--page); font-weight: 600; background: var(--head); color: var(--ink); }
.cell { border: 1px solid var(--page); cursor: default; display: block; appearance: none; }
.cell .size { opacity: .8; }
.cell:hover { filter: brightness(1.12); }
.cell:focus { outline: 3px solid var(--focus); outline-offset: -3px; z-index: 2; }
a:focus-visible, select:focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; }
.text { background: var(--text); } .rodata { background: var(--rodata); } .data { background: var(--data); }
.bss { background: var(--bss); } .got { background: var(--got); } .relocs { background: var(--relocs); } .other { background: var(--other); }
.info { margin: 0; min-height: 2.9em; padding: .4rem .6rem; border: 1px solid var(--line); border-top: 0; background: var(--head); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { background: var(--head); font-weight: 600; } .n { text-align: right; white-space: nowrap; }
td.name { overflow-wrap: anywhere; max-width: 40rem; }
tr[aria-current] td, tr[aria-current] th { background: var(--head); font-weight: 600; }
a { color: inherit; }
.swatch { display: inline-block; width: .8em; height: .8em; margin-right: .35em; border: 1px solid var(--line); }
`;
