/** The look of the page. Colours of what differs are told apart by the colour-blind too (after Okabe and Ito), and each has a sign beside it. */

const LIGHT = `--page:#fff;--soft:#f5f6f8;--line:#dfe3e8;--text:#1b1f24;--dim:#59636e;--link:#0a58c2;--code:#eef1f4;
--error:#b3261e;--warning:#8a5a00;--harmless:#1a7f37;--error-soft:#fdf1f0;--warning-soft:#fff7e6;--harmless-soft:#eefaf1;`;
const DARK = `--page:#14171c;--soft:#1c2128;--line:#343b45;--text:#e6e9ee;--dim:#9aa5b1;--link:#7ab4ff;--code:#252c35;
--error:#ff8a80;--warning:#f2c14e;--harmless:#6fd58b;--error-soft:#2a1b1c;--warning-soft:#2a2416;--harmless-soft:#17271c;`;

const FRAME = `
*,*::before,*::after{box-sizing:border-box}
:root{color-scheme:light;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${DARK}}}
@media screen{:root[data-theme=dark]{color-scheme:dark;${DARK}}}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
.page,main,footer{max-width:66rem;margin:0 auto;padding:0 1.25rem}
.page{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem 1rem;padding-top:1rem;color:var(--dim);font-size:.875rem}
.page p,.page h1{margin:0;font-size:inherit;line-height:inherit}.brand{font-weight:650;color:var(--text)}.summary{flex:1 1 16rem}
button{font:inherit;color:inherit;background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.1rem .6rem;cursor:pointer}
button:hover{border-color:var(--dim)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;opacity:0}
[hidden]{display:none!important}
a{color:var(--link)}
h2,h3,p,ul,ol{margin:0 0 .5rem}
h2{font-size:1.4rem;line-height:1.35;font-weight:650;display:flex;gap:.6rem}
h3{font-size:1.05rem;line-height:1.4;font-weight:650;margin-top:0}
section{margin:1.75rem 0}
ul,ol{padding-left:1.3rem}li{margin:.3rem 0}li>p:last-child{margin-bottom:0}
code,pre,q,.place,.pair,.names,.kind,.matrix td,.ranks td{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
code{background:var(--code);border-radius:4px;padding:.08em .3em}
h2 code,.title code{padding:0 .15em}pre code,caption code{background:none;padding:0;font-size:1em}
.aside,.count,.more,.fingerprint,.readout{color:var(--dim);font-size:.875rem}
details{margin:.75rem 0}summary{cursor:pointer}details.tree>summary,section+details>summary,details.failure>summary{font-weight:600}
footer{border-top:1px solid var(--line);margin-top:2.5rem;padding-top:1rem;padding-bottom:2rem;color:var(--dim);font-size:.875rem}
.nothing{font-size:1.2rem;margin:3rem 0}
`;

const FAILURE = `
article{--tone:var(--error);--tone-soft:var(--error-soft);margin:1.25rem 0 3rem}
.warning{--tone:var(--warning);--tone-soft:var(--warning-soft)}.harmless{--tone:var(--harmless);--tone-soft:var(--harmless-soft)}
.overview .error{--tone:var(--error)}
.mark{color:var(--tone);font-weight:700}
.verdict{background:var(--tone-soft);border-left:4px solid var(--tone);border-radius:0 8px 8px 0;padding:1rem 1.25rem}
.verdict p{margin:.35rem 0 0}
.chips{font-size:.9rem}
.chip{display:inline-block;border:1px solid var(--line);border-radius:99px;padding:0 .6rem;background:var(--page);font-size:.85rem}
.chip.certain{border-color:var(--tone);color:var(--tone);font-weight:600}
.chip.likely{border-style:dashed;border-color:var(--tone);color:var(--tone)}
.chip.cause{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.facts{color:var(--dim);font-size:.9rem}.cut{color:var(--warning)}
.evidence ul{list-style:none;padding:0}
.evidence li{border-left:2px solid var(--line);padding:.1rem 0 .1rem .9rem;margin:.7rem 0}
.evidence p{margin:0}.line{color:var(--dim);font-size:.9rem}.line q{color:var(--text);background:var(--code);border-radius:4px;padding:.05em .35em}
q::before,q::after{content:none}
.place{color:var(--dim)}
.remedies ol{padding:0;list-style:none;counter-reset:way}
.remedies li{counter-increment:way;border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem .8rem 3rem;margin:.75rem 0;position:relative}
.remedies li::before{content:counter(way);position:absolute;left:.9rem;top:.85rem;width:1.45rem;height:1.45rem;border-radius:50%;background:var(--soft);border:1px solid var(--line);text-align:center;font-size:.8rem;line-height:1.4rem;color:var(--dim)}
.title{font-weight:600}.remedies details{margin:0}.remedies summary{margin-bottom:.3rem}
.cost{font-size:.9rem;color:var(--dim)}.cost span{font-weight:600}
.snippet{display:flex;margin:.5rem 0;background:var(--soft);border:1px solid var(--line);border-radius:6px}
.snippet pre{flex:1;min-width:0;margin:0;padding:.65rem .8rem;overflow-x:auto;line-height:1.5;overflow-wrap:normal}
.snippet .copy{align-self:flex-start;flex:none;margin:.4rem;font-size:.8rem;background:var(--page)}
.other{border:1px solid var(--line);border-radius:8px;padding:.5rem 1rem}
`;

const TABLES = `
.scroll{position:relative;overflow-x:auto;max-width:100%;margin:.75rem 0 .25rem}
table{border-collapse:collapse}
caption{text-align:left;padding:.2rem 0 .4rem;font-weight:600;white-space:nowrap}
th{font-weight:500;text-align:left;vertical-align:top}
.overview,.environment{width:100%;font-size:.9rem}
.overview td,.overview th,.ranks td,.ranks th,.environment th,.environment td{padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line)}
.overview td:not(:last-child),.overview th{white-space:nowrap}.environment ul{list-style:none;padding:0;margin:0}.environment li{margin:0}.environment th{white-space:nowrap;padding-right:1.5rem}
thead th{color:var(--dim);font-size:.8rem;font-weight:500;vertical-align:bottom}
.matrix{border-spacing:0}wbr{display:none}
.matrix th.kind{padding:.05rem .75rem .05rem 0;white-space:nowrap;font-size:.8125rem}
.matrix td,.matrix thead th:not(.kind):not(.shapes){width:1.25rem;min-width:1.25rem;height:1.25rem;text-align:center;padding:0;border:1px solid var(--page);line-height:1.1}
.matrix tbody td:not(.cell):not(.shapes){background:var(--soft)}
.matrix .shapes{width:auto;text-align:left;padding:0 0 0 .9rem;white-space:nowrap;color:var(--dim);font-size:.8125rem;max-width:24rem;overflow:hidden;text-overflow:ellipsis}
.matrix.nested thead th:not(.kind):not(.shapes){height:2.4rem}.matrix.nested thead th>span:not(.hidden){writing-mode:vertical-rl;transform:rotate(180deg)}
.ranks td,.ranks th{padding-top:.12rem;padding-bottom:.12rem}.ranks td,.ranks thead th{white-space:nowrap}.ranks th[scope=row]{font-size:.8125rem;font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;padding-right:1rem;min-width:11rem}
.ranks .zero{background:var(--tone-soft);color:var(--tone)}.ranks .absent{color:var(--dim)}
.readout{position:sticky;bottom:0;margin:.25rem 0 0;padding:.3rem 0;background:var(--page);border-top:1px solid var(--line);font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.8125rem}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.875rem}.legend li{margin:0}
.cell{color:#fff;font-weight:600;font-size:.75rem;cursor:default}
span.cell{display:inline-block;width:1.25rem;height:1.25rem;line-height:1.25rem;text-align:center;border-radius:3px;margin-right:.4rem}
.empty-model{background:#c04a00}.empty-checkpoint{background:#a3417d}.same-count{background:#e6b800;color:#1b1f24}.dimensions{background:#6a51a3}
.larger{background:#0067a5}.smaller{background:#56b4e9;color:#10243a}.crosswise{background:#00785a}
.missing{background:#6e7781}.unexpected{background:#c9cfd6;color:#1b1f24}.mixed{background:#57606a}.by-rank{background:#8250df}
.tree ul{list-style:none;padding-left:1.1rem;margin:0}.branches>ul,.branches>details>ul{padding-left:.4rem}
.tree li{margin:.15rem 0}.tree details{margin:.1rem 0}.branches summary,.leaf .name{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.8125rem}
.leaf .pair,.leaf .what{color:var(--dim);margin-left:.5rem;font-size:.8125rem}
.filter input{font:inherit;padding:.25rem .6rem;border:1px solid var(--line);border-radius:6px;background:var(--page);color:inherit;width:min(24rem,70vw);margin-left:.4rem}
`;

const MEDIA = `
@media (max-width:40rem){wbr{display:inline}body{font-size:15px}.page,main,footer{padding-left:.9rem;padding-right:.9rem}h2{font-size:1.15rem}.verdict{padding:.8rem .9rem}
.remedies li{padding:.7rem .8rem .7rem 2.6rem}.remedies li::before{left:.65rem;top:.75rem}.snippet{flex-direction:column}.snippet .copy{order:-1;align-self:flex-end;margin-bottom:0}
.matrix th.kind{position:sticky;left:0;background:var(--page);white-space:normal;min-width:9rem;max-width:11rem}}
@media print{.tools,.skip,.filter,.copy,.readout{display:none!important}
body{font-size:10pt}.verdict,.remedies li,tr{break-inside:avoid}h3{break-after:avoid}.scroll{overflow:visible}.snippet pre{white-space:pre-wrap}
.cell{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;

export const HTML_STYLE = [FRAME, FAILURE, TABLES, MEDIA].join('').replaceAll('\n', '');
