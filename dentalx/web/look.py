"""How the page looks: the reports' colours and letters, on a desk and on a telephone, light and dark."""

from dentalx.report.style import DARK, LETTERS, LIGHT
from dentalx.web.picture import SAMPLES

_SAMPLES = "".join(
    f"#sample-{n}{{background-image:linear-gradient(transparent 55%,rgba(0,0,0,.75)),url(samples/{n}.jpg)}}"
    for n in range(len(SAMPLES))
)
CSS = (
    f":root{{{LIGHT}}}\n.dark{{{DARK}}}\n"
    + """
.gradio-container{max-width:86rem!important;width:100%!important;margin:0 auto!important;
padding:1.5rem 1.25rem 4.5rem!important}
.gradio-container,.gradio-container button,.gradio-container input{font-family:"""
    + LETTERS
    + """}
.gradio-container>main,.gradio-container .main{padding:0!important}
.gradio-container .prose{max-width:none}
footer{display:none!important}
.dx-head h1{font-size:1.7rem;line-height:1.2;letter-spacing:-.015em;font-weight:650;margin:0;color:var(--ink)}
.dx-head p{margin:.35rem 0 0;color:var(--quiet);max-width:46rem;line-height:1.5}
.dx-notice{position:fixed;inset:auto 0 0;z-index:50;padding:.5rem 1.25rem;background:var(--warn);color:var(--ink);
border-top:2px solid var(--warnedge);font-size:.85rem;line-height:1.4;text-align:center}
#drop{min-height:8rem}
.dx-label{font-size:.85rem;line-height:1.4;color:var(--quiet);margin:0}
.gradio-container .html-container{padding:0!important}
#samples{gap:.5rem;flex-wrap:wrap}
#samples button{min-width:6.5rem;flex:1 1 40%;height:4.4rem;padding:.3rem .5rem;background-size:cover;
background-position:center;border:1px solid var(--edge);border-radius:8px;color:#fff;font-size:.8rem;font-weight:600;
align-items:flex-end;justify-content:flex-start;text-shadow:0 1px 2px #000}
#samples button:hover,#samples button:focus-visible{outline:3px solid var(--accent);outline-offset:1px}
.dx-result{color:var(--ink);font-size:.95rem;line-height:1.5}
.dx-result p{margin:.6rem 0}.dx-result .quiet{color:var(--quiet);font-size:.875rem}
.dx-result .empty{border:1px dashed var(--edge);border-radius:10px;padding:3.5rem 1.5rem;text-align:center;
color:var(--quiet);margin:0}
.dx-result .warning{background:var(--warn);border-left:4px solid var(--warnedge);padding:.6rem .9rem;margin:0 0 .75rem;
border-radius:0 6px 6px 0;list-style:none;overflow-wrap:anywhere}
.dx-result .warning li{margin:0}
.dx-view{margin:0;background:#000;border-radius:8px;overflow:hidden}
.dx-view img{display:block;width:100%;height:auto;max-height:78vh;object-fit:contain;margin:0}
.dx-result .downloads{display:flex;gap:.6rem;align-items:center;flex-wrap:wrap;margin:.75rem 0 1.25rem}
.downloads span{color:var(--quiet)}
.dx-result a.download{border:1px solid var(--edge);border-radius:6px;padding:.3rem .8rem;color:var(--accent);
background:var(--card);text-decoration:none;font-weight:600}
.dx-result a.download:hover{border-color:var(--accent)}
.dx-chart{max-width:46rem;margin:0 0 1.25rem}
svg.teeth{display:block;width:100%;height:auto}
svg.teeth text{font-size:10.5px;text-anchor:middle;fill:var(--quiet);font-variant-numeric:tabular-nums}
svg.teeth .side{font-size:11px;font-weight:600}
svg.teeth path{fill:none;stroke:var(--quiet);stroke-width:1;stroke-dasharray:2.5 2}
svg.teeth .axis{stroke:var(--edge);stroke-dasharray:none}
svg.teeth .unknown path{stroke:var(--grid)}svg.teeth .unknown text{fill:var(--edge)}
svg.teeth .found path{fill:var(--accent);stroke:var(--accent);stroke-dasharray:none}
svg.teeth .found text{fill:var(--paper);font-weight:700}
svg.teeth .found .many{fill:var(--second);font-size:9.5px}
.dx-chart .legend{display:flex;gap:1.2rem;flex-wrap:wrap;font-size:.85rem;color:var(--quiet);margin:.4rem 0}
.legend i{display:inline-block;width:.8rem;height:.8rem;border-radius:3px;margin-right:.4rem;vertical-align:-1px}
.legend .found{background:var(--accent)}.legend .absent{border:1px dashed var(--quiet)}
.dx-result .scroll{overflow-x:auto;margin:0 0 .75rem}
.dx-result table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;min-width:min(100%,32rem);
border:0}
.dx-result th,.dx-result td{padding:.36rem 1.1rem .36rem 0;text-align:right;border:0;white-space:nowrap;
border-bottom:1px solid var(--grid);font-weight:400;background:none;color:var(--ink)}
.dx-result thead th{color:var(--quiet);border-bottom-color:var(--edge)}
.dx-result th:first-child{text-align:left}
.dx-result summary{cursor:pointer;color:var(--accent);margin:.4rem 0}
.dx-result details ul{margin:.3rem 0;padding-left:1.2rem;list-style:disc;color:var(--quiet);font-size:.9rem}
.gradio-container .column{min-width:min(17.5rem,100%)!important}
#result,.dx-result{min-width:0;max-width:100%}
@media(max-width:46rem){svg.teeth text{font-size:12.5px}svg.teeth .found .many{font-size:11px}
.dx-result table{min-width:100%}.gradio-container{padding:1rem .9rem 6.5rem!important}.dx-head h1{font-size:1.4rem}
.dx-notice{font-size:.78rem;padding:.45rem .9rem}.dx-result th,.dx-result td{padding-right:.6rem}
.dx-result table{font-size:.8rem}.dx-chart .legend{gap:.2rem 1.2rem}
#left{display:contents}#right{order:1}#left>.form{order:2}}
"""
    + _SAMPLES
)
