"""The one style sheet of a page: light and dark, paper, desk and telephone."""

LIGHT = """--paper:#fdfdfc;--card:#fff;--ink:#1b1e21;--quiet:#5f666d;--edge:#c3c8cc;--grid:#e6e8ea;--accent:#0072b2;
--second:#d55e00;--good:#00805f;--band:#d7e8f3;--warn:#fff4dc;--warnedge:#e69f00;--truth:#f0e442;--prediction:#56b4e9"""
DARK = """--paper:#14171a;--card:#1c2024;--ink:#e8eaec;--quiet:#9aa3ab;--edge:#4b535a;
--grid:#2b3137;--accent:#56b4e9;--second:#ff9a4d;--good:#3ecf9f;--band:#1d3a4d;--warn:#332a14;--warnedge:#b98a1f"""
LETTERS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif'
STYLE = (
    f"\n:root{{{LIGHT}}}\n@media(prefers-color-scheme:dark){{:root{{\n{DARK}}}}}"
    + """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:2.5rem 1.25rem 3rem;max-width:70rem;background:var(--paper);color:var(--ink);
font:1rem/1.55 """
    + LETTERS
    + """}
h1,h2,h3{line-height:1.2;text-wrap:balance;overflow-wrap:anywhere}
h1{font-size:2rem;margin:0;letter-spacing:-.015em}
h2{font-size:1.35rem;margin:0 0 .8rem;letter-spacing:-.01em}
h3{font-size:1rem;margin:1.2rem 0 .5rem}
header{margin-bottom:2rem}
section{margin:0 0 2.75rem}
p{margin:0 0 .9rem;max-width:46rem;overflow-wrap:anywhere}
ul{margin:0 0 .9rem;padding-left:1.2rem;max-width:46rem}li{margin:.3rem 0;overflow-wrap:anywhere}
a{color:var(--accent)}code{font:.875em ui-monospace,"SF Mono",Menlo,Consolas,monospace;color:var(--quiet)}
.subtitle{margin:.35rem 0 0;font-size:1.05rem;color:var(--quiet)}
.disclaimer{margin-top:1rem;font-size:.9rem;color:var(--quiet)}.disclaimer strong{color:var(--ink)}
.lead{font-size:1.15rem;line-height:1.5}
.quiet,figcaption{color:var(--quiet)}
.warning{background:var(--warn);border-left:4px solid var(--warnedge);padding:.65rem .9rem;border-radius:0 6px 6px 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:0 0 1.5rem}
.tiles div{background:var(--card);border:1px solid var(--grid);border-radius:10px;padding:.8rem .95rem}
.tiles span{display:block;font-size:.85rem;line-height:1.35;color:var(--quiet)}
.tiles b{display:block;font-size:1.75rem;line-height:1.3;font-weight:650;letter-spacing:-.02em;
font-variant-numeric:tabular-nums}
.tiles div:first-child b{color:var(--accent)}
dl{margin:0 0 1rem;max-width:54rem}
dl div{display:grid;grid-template-columns:11rem 1fr;gap:1rem;padding:.38rem 0;border-top:1px solid var(--grid)}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:0 0 1rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;min-width:min(100%,30rem)}
th,td{padding:.38rem .8rem .38rem 0;text-align:right;vertical-align:baseline;border-bottom:1px solid var(--grid)}
th{font-weight:400}thead th{color:var(--quiet);border-bottom-color:var(--edge);vertical-align:bottom;line-height:1.3}
tbody th,th:first-child{text-align:left}td:last-child,th:last-child{padding-right:0}
.numbers td{white-space:nowrap}.numbers tbody th{min-width:8rem}
tbody th{position:sticky;left:0;background:var(--paper)}
.words td,.words th{text-align:left}.words td{min-width:7.5rem}.words tbody th{min-width:5.5rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:1.25rem;margin:0 0 1rem}
figure{margin:0}.figures figure{background:var(--card);border:1px solid var(--grid);border-radius:10px;
padding:.9rem 1rem;min-width:0}.figures .wide{grid-column:1/-1}.figures figcaption b{color:var(--ink);font-weight:600}
figcaption{font-size:.85rem;line-height:1.4}svg{display:block;width:100%;height:auto}
.figures svg{margin:.5rem 0}
.figures svg text{font-family:inherit!important;fill:var(--ink)}
@media(min-width:60rem){.figures figure:not(.wide):last-child:nth-child(odd){grid-column:1/-1;display:grid;
grid-template-columns:1fr 1fr;grid-template-rows:auto 1fr;column-gap:2rem}
.figures figure:not(.wide):last-child:nth-child(odd) svg{grid-row:1/3;grid-column:1}
.figures figure:not(.wide):last-child:nth-child(odd) figcaption{grid-column:2}}
.gallery input{accent-color:var(--accent);margin:0 .35rem 0 0;vertical-align:-1px}
.gallery label{margin-right:1.1rem;white-space:nowrap}
.gallery i{display:inline-block;width:1.5rem;height:0;border-top:3px solid;margin-right:.35rem;vertical-align:.25em}
.gallery i.truth{border-top-color:#b8ad00}.gallery i.prediction{border-top-color:#2b8fca;border-top-style:dashed}
.views>div{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:1rem}
.views svg{background:#000;border-radius:6px;margin-bottom:.3rem;max-height:32rem}.views figcaption b{color:var(--ink)}
.views .quiet{display:block}
.views figure{cursor:zoom-in}.views figure:focus{grid-column:1/-1;outline:0;cursor:default}
.views figure:focus svg{max-height:none;outline:2px solid var(--accent)}
path.truth,path.prediction{fill:none;vector-effect:non-scaling-stroke;stroke-linejoin:round}
path.truth{stroke:var(--truth);stroke-width:1.3}
path.prediction{stroke:var(--prediction);stroke-width:1.3;stroke-dasharray:4 2}
#truth:not(:checked)~.views path.truth,#prediction:not(:checked)~.views path.prediction{display:none}
summary{cursor:pointer}summary h2{display:inline}details[open]>summary{margin-bottom:.9rem}
footer{border-top:1px solid var(--grid);padding-top:1rem;font-size:.85rem;color:var(--quiet)}
@media(max-width:40rem){body{padding:1.25rem 1rem 2rem}h1{font-size:1.55rem}.tiles{grid-template-columns:1fr 1fr}
.tiles b{font-size:1.4rem}dl div{grid-template-columns:1fr;gap:0}.figures figure{padding:.7rem .6rem}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--quiet:#444;--edge:#999;--grid:#ccc;--accent:#0072b2;
--second:#d55e00;--band:#d7e8f3;--warn:#fff}body{padding:0;font-size:9.5pt;max-width:none}
figure,.tiles div,tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}
.figures{grid-template-columns:1fr 1fr}.gallery input,.gallery span.quiet{display:none}}
"""
)
