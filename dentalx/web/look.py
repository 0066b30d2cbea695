"""How the page looks: the reports' colours and letters, on a desk and on a telephone, light and dark."""

from dentalx.report.style import DARK, LETTERS, LIGHT
from dentalx.web.picture import SAMPLES

# A tooth's four shades of confidence and the letters on them; the line around what can be typed or pressed.
MORE_LIGHT = """--line:#7d858c;--shade1:#dbeaf5;--on1:#1b1e21;--shade2:#9ccbe9;--on2:#1b1e21;--shade3:#1f74ad;
--on3:#fff;--shade4:#00436b;--on4:#fff"""
MORE_DARK = """--line:#7d8790;--shade1:#1d3a4d;--on1:#e8eaec;--shade2:#2b5f80;--on2:#fff;--shade3:#56b4e9;
--on3:#14171a;--shade4:#c4e6fb;--on4:#14171a"""
_SAMPLES = "".join(
    f"#sample-{n}{{background-image:linear-gradient(transparent 55%,rgba(0,0,0,.75)),url(samples/{n}.jpg)}}"
    for n in range(len(SAMPLES))
)
_SHADES = "".join(
    f"svg.teeth .shade{n} path{{fill:var(--shade{n})}}svg.teeth .shade{n} text{{fill:var(--on{n})}}"
    f".legend .shade{n}{{background:var(--shade{n});border:1px solid var(--accent)}}\n"
    for n in range(1, 5)
)
_FRAME = """
.gradio-container{max-width:100rem!important;width:100%!important;margin:0 auto!important;
padding:1.25rem 1.25rem 4rem!important}
.gradio-container,.gradio-container button,.gradio-container input{font-family:@letters}
.gradio-container>main,.gradio-container .main{padding:0!important}
.gradio-container .prose{max-width:none}
footer{display:none!important}
.gradio-container :focus-visible,.gradio-container button:focus-visible,.gradio-container input:focus-visible,
.gradio-container #drop button:focus-visible{outline:3px solid var(--accent)!important;outline-offset:2px!important}
.gradio-container input[type=number],.gradio-container input[type=text],.gradio-container input[type=checkbox],
#model .wrap{border-color:var(--line)!important}
.dx-head h1{font-size:1.5rem;line-height:1.2;letter-spacing:-.015em;font-weight:650;margin:0;color:var(--ink)}
.dx-head p{margin:.25rem 0 0;color:var(--quiet);max-width:60rem;line-height:1.45;font-size:.9rem}
.dx-notice{position:fixed;inset:auto 0 0;z-index:50;padding:.4rem 1.25rem;background:var(--warn);color:var(--ink);
border-top:2px solid var(--warnedge);font-size:.85rem;line-height:1.4;text-align:center}
.dx-notice:focus-visible{outline-offset:-3px!important}
#drop{min-height:7rem;border-color:var(--line)!important}
.dx-head small{font-size:.8rem;font-weight:400;color:var(--quiet);letter-spacing:0}
#open,#controls{gap:.75rem;transition:opacity .15s .1s}#open[inert],#controls[inert]{opacity:.5}
.dx-label{font-size:.85rem;line-height:1.4;color:var(--quiet);margin:0}
.gradio-container .html-container{padding:0!important}
#samples{gap:.5rem;flex-wrap:wrap}
#samples button{min-width:6.5rem;flex:1 1 40%;height:3.5rem;padding:.3rem .5rem;background-size:cover;
background-position:center;border:1px solid var(--line);border-radius:8px;color:#fff;font-size:.8rem;font-weight:600;
align-items:flex-end;justify-content:flex-start;text-shadow:0 1px 2px #000}
#samples button:hover{outline:3px solid var(--accent);outline-offset:1px}
.dx-about{font-size:.85rem;line-height:1.45;color:var(--quiet)}
.dx-about p{margin:0;overflow-wrap:anywhere}
.dx-about dl{margin:.3rem 0;overflow-wrap:anywhere}.dx-about dt{font-weight:600;color:var(--ink);margin-top:.4rem}
.dx-about dd{margin:0}.dx-about summary,.dx-result summary{cursor:pointer;color:var(--accent);margin:.3rem 0}
#local{min-height:0;overflow:visible}#right{gap:0}.dx-another{display:none}
#dx-refused{background:var(--warn);border-left:4px solid var(--warnedge);padding:.6rem .9rem;margin:0 0 .75rem;
border-radius:0 6px 6px 0;color:var(--ink)}
#dx-waiting{position:sticky;top:.5rem;z-index:5;margin:0 auto .5rem;padding:.35rem .9rem;width:max-content;
background:var(--ink);color:var(--paper);border-radius:99px;font-size:.9rem;font-weight:600}
#dx-refused:empty,#dx-waiting:empty{display:none}
.gradio-container .column{min-width:min(17.5rem,100%)!important}
#result{scroll-margin:1rem}#result,.dx-result,#right{min-width:0!important;max-width:100%}
"""
_RESULT = """
.dx-result{color:var(--ink);font-size:.95rem;line-height:1.5;transition:opacity .15s .1s}
#result.busy .dx-result{opacity:.3;pointer-events:none}
#result.refused .dx-result{display:none}
.dx-result p{margin:.5rem 0}.dx-result .quiet{color:var(--quiet);font-size:.875rem;overflow-wrap:anywhere}
.dx-result .empty{border:1px dashed var(--line);border-radius:10px;padding:3.5rem 1.5rem;text-align:center;
color:var(--quiet);margin:0}
.dx-result .warning{background:var(--warn);border-left:4px solid var(--warnedge);padding:.5rem .9rem;margin:0 0 .6rem;
border-radius:0 6px 6px 0;list-style:none;overflow-wrap:anywhere}
.dx-result .warning li{margin:0}.dx-result .warning summary{color:var(--ink);margin:0}
.dx-result .downloads{display:flex;gap:.6rem;align-items:center;flex-wrap:wrap;margin:.75rem 0 1.25rem}
.downloads span{color:var(--quiet)}
.dx-result a.download,.dx-tools button{border:1px solid var(--line);border-radius:6px;padding:.25rem .75rem;
color:var(--accent);background:var(--card);text-decoration:none;font-weight:600;font-size:.9rem;line-height:1.5;cursor:pointer}
.dx-result a.download:hover,.dx-tools button:hover:not(:disabled){border-color:var(--accent)}
.dx-tools{display:flex;flex-wrap:wrap;gap:.5rem;margin:0 0 .5rem;align-items:center}
.dx-tools button[aria-pressed=true]{background:var(--accent);border-color:var(--accent);color:var(--paper)}
.dx-tools button:disabled{color:var(--quiet);cursor:default;border-style:dashed}
.dx-zoom{display:flex;gap:.4rem;align-items:center;margin-left:auto}
.dx-zoom output{min-width:3.6rem;text-align:center;font-size:.875rem;font-variant-numeric:tabular-nums}
.dx-result .dx-view{margin:0;--zoom:1;--letters:12}
.dx-panes{display:grid;gap:.5rem}
.dx-pane{background:#000;border-radius:8px;overflow:auto;max-height:76vh;min-width:0;
max-width:calc(76vh*var(--columns)/var(--rows));width:100%;margin:0 auto;aspect-ratio:var(--columns)/var(--rows)}
.dx-pane[hidden]{display:none}
.dx-sheet{position:relative;width:calc(100%*var(--zoom))}
.dx-sheet img{display:block;width:100%;height:auto;margin:0}
.zoomed .dx-pane{cursor:grab}.zoomed .dx-pane:active{cursor:grabbing}
.dx-pane{user-select:none;touch-action:pan-x pan-y}
svg.outlines{position:absolute;inset:0;width:100%;height:100%}
.outlines path{fill:var(--tone);fill-opacity:var(--fill);stroke:var(--tone);stroke-width:1.6px;
vector-effect:non-scaling-stroke;stroke-linejoin:round}
.outlines text{font-size:calc(var(--letters)*1px*var(--unit,2));font-weight:600;text-anchor:middle;
dominant-baseline:central;fill:#fff;stroke:#000;
stroke-width:calc(3px*var(--unit,2));paint-order:stroke;pointer-events:none;stroke-linejoin:round}
.outlines text.crowded{display:none}
.bare svg.outlines,.loading .dx-sheet{visibility:hidden}
.linked .outlines g:not(.on){opacity:.25}.linked .outlines g.on path{stroke-width:3px;stroke:#fff}
@media(min-width:70rem){.dx-view.two .dx-panes{grid-template-columns:1fr 1fr}}
.dx-view figcaption{min-height:1.5em;font-size:.9rem;margin:.35rem 0 0;text-align:center;color:var(--ink)}
.dx-result .legend{display:flex;gap:.2rem 1.1rem;flex-wrap:wrap;font-size:.85rem;color:var(--quiet);margin:.4rem 0}
.legend i,.name i{display:inline-block;width:.85rem;height:.85rem;border-radius:3px;margin-right:.4rem;
vertical-align:-1px;background:var(--tone)}
.legend .absent{border:1px dashed var(--quiet)}
.dx-view .legend .on{color:var(--ink);font-weight:600}
"""
_NUMBERS = """
.dx-chart{max-width:50rem;margin:0 0 1.25rem}
svg.teeth{display:block;width:100%;height:auto;overflow:visible}
svg.teeth text{font-size:10.5px;text-anchor:middle;fill:var(--quiet);font-variant-numeric:tabular-nums}
svg.teeth .side{font-size:11px;font-weight:600}
svg.teeth path{fill:none;stroke:var(--quiet);stroke-width:1;stroke-dasharray:2.5 2}
svg.teeth .axis{stroke:var(--edge);stroke-dasharray:none}
svg.teeth .unknown path{stroke:var(--edge);stroke-dasharray:1 3}
svg.teeth .found{cursor:pointer}
svg.teeth .found path{stroke:var(--accent);stroke-dasharray:none}
svg.teeth .found text{font-weight:700}
@shades
svg.teeth .found .many{fill:var(--ink);font-size:9.5px}
svg.teeth .found.on path,svg.teeth .found[aria-pressed=true] path{stroke:var(--second);stroke-width:3}
.dx-result .scroll{overflow-x:auto;margin:0 0 .75rem}
.dx-result table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;min-width:min(100%,32rem);
border:0}
.dx-result th,.dx-result td{padding:.36rem 1.1rem .36rem 0;text-align:right;border:0;white-space:nowrap;
border-bottom:1px solid var(--grid);font-weight:400;background:none;color:var(--ink)}
.dx-result thead th{color:var(--quiet);border-bottom-color:var(--edge)}
.dx-result th:first-child{text-align:left}
.dx-result tr.on>*{background:var(--band)}
.dx-result button.name{all:unset;cursor:pointer;border-radius:3px;padding:0 .2rem}
.dx-result button.name:focus-visible{outline:3px solid var(--accent);outline-offset:1px}
.dx-result button.name[aria-pressed=true]{font-weight:700;text-decoration:underline}
.dx-result details ul{margin:.3rem 0;padding-left:1.2rem;list-style:disc;color:var(--ink);font-size:.9rem}
"""
_NARROW = """
@media(max-width:62rem){.dx-notice{font-size:.75rem;padding:.4rem .75rem;white-space:nowrap;overflow:hidden;
text-overflow:ellipsis;text-align:left}.dx-notice:focus,.dx-notice:active{white-space:normal}}
@media(max-width:46rem){svg.teeth text{font-size:12.5px}svg.teeth .found .many{font-size:11px}
.gradio-container{padding:.75rem .75rem 3.5rem!important}.dx-head h1{font-size:1.25rem}
.dx-head p{font-size:.8rem}
.dx-result th,.dx-result td{padding-right:.6rem}.dx-result table{font-size:.8rem;min-width:100%}
#both{display:flex;flex-direction:column}#both>.column{width:100%}
#both:has(.dx-view) #left,#both:has(.dx-view) #right,#both:has(.dx-view) #result,
#both:has(.dx-view) #result :has(.dx-result),#both:has(.dx-view) .dx-result{display:contents}
#both:has(.dx-view) #local,#both:has(.dx-view) .dx-view,#both:has(.dx-view) .dx-view~.warning{order:-2}
#both:has(.dx-view) #controls{order:-1}
#both:has(.dx-view) .dx-result>*{transition:opacity .15s .1s;width:100%}
#result.busy .dx-result>*{opacity:.3;pointer-events:none}
#both:has(.dx-view) #open{order:2}
#both:has(.dx-view) .dx-another{display:inline-block;font-size:.85rem;color:var(--accent);margin:0 0 .25rem}
.dx-tools button{padding:.25rem .55rem;font-size:.8rem}.dx-zoom output{min-width:2.6rem;font-size:.8rem}
.dx-view{--letters:9.5!important}}
@media(prefers-reduced-motion:reduce){.dx-result,.dx-result>*{transition:none!important}}
"""
CSS = (
    f":root{{{LIGHT};{MORE_LIGHT}}}\n.dark{{{DARK};{MORE_DARK}}}\n"
    + _FRAME.replace("@letters", LETTERS)
    + _RESULT
    + _NUMBERS.replace("@shades", _SHADES)
    + _NARROW
    + _SAMPLES
)
