# agr-mpi report: one page that needs nothing else, whatever characters names hold; the same on any number of ranks.
small=$source/tests/mpi/train/small.yaml
run synth faces --count 160 --seed 3; code 0
cp "faces/$(ls faces | grep -m1 jpg)" "faces/1_0_0_copy.jpg"
run prepare faces -o set.h5 --size 32 --threads 1 --validation 0.5 --test 0.1; code 0
run train --config "$small" --data set.h5 --run r --epochs 3 --threads 1; code 0

# Every element that is opened is closed, in order; what is no element is escaped.
well_formed() { # FILE
    call="$1 as a page"
    checks=$((checks + 1))
    awk 'BEGIN { RS = "<" }
        NR == 1 { next }
        !/^[\/!]?[a-zA-Z][^<>]*>/ { print "no element: <" $0; bad = 1; exit }
        { tag = $0; sub(/>.*/, "", tag); after = $0; sub(/^[^>]*>/, "", after) }
        after ~ />/ && tag != "style" { print "a bare >: " $0; bad = 1; exit }
        tag ~ /^!/ || tag ~ /\/$/ { next }
        tag ~ /^\// { if (stack[n] != substr(tag, 2)) { print "</" stack[n] "> expected, found <" tag ">"; bad = 1; exit } n--; next }
        { sub(/[ \n].*/, "", tag); stack[++n] = tag }
        END { if (!bad && n) print "<" stack[n] "> is never closed"; exit bad || n != 0 }' "$1" >"$folder/why" ||
        { fail 'expected elements that are closed in order, found'; show "$folder/why"; }
}
needs_nothing() { # FILE: no script, and no address but those of namespaces and data
    call="$1 offline"
    checks=$((checks + 1))
    sed 's#xmlns[:a-z]*="http://www.w3.org/[a-z0-9/]*"##g' "$1" |
        grep -nE '<script|https?://|url\(|@import|(src|srcset|href)="[^"#]' | grep -vE '(src|href)="data:' |
        cut -c1-200 >"$folder/why"
    [ ! -s "$folder/why" ] || { fail 'expected nothing to fetch, found'; show "$folder/why"; }
}
page_has() { # FILE TEXT
    call="$1"
    checks=$((checks + 1))
    grep -qF -- "$2" "$1" || fail "expected '$2'"
}
page_lacks() { # FILE TEXT
    call="$1"
    checks=$((checks + 1))
    ! grep -qF -- "$2" "$1" || fail "expected no '$2'"
}
sections='summary slices answers training figures data branches configuration identity'

run report r -o r.html --threads 1; code 0; no_out; err 'wrote r.html'
well_formed r.html; needs_nothing r.html
for section in $sections; do
    page_has r.html "<section id=\"$section-1\">"; page_has r.html "href=\"#$section-1\""
done
page_has r.html 'of set.h5. These images also chose the checkpoint'
page_has r.html 'where always saying'
page_has r.html 'conv2d_2'
page_has r.html 'tests/mpi/train/small.yaml:5'
page_has r.html 'in 1 of the groups labels contradict each other'; page_has r.html '1_0_0_copy.jpg'
page_has r.html 'Teams over time'; page_has r.html 'expected calibration error'; page_has r.html 'mae by slices'
checks=$((checks + 1))
[ "$(grep -c '<svg' r.html)" = 19 ] || # three heads by groups, five of answers, four of curves, teams, three labels, three networks
    fail "expected 19 charts, found $(grep -c '<svg' r.html)"
run inspect r --digest; code 0
page_has r.html "$(awk '$1 == "age" { print $2 }' "$folder/out")"

# The same bytes on any number of ranks, and on standard output.
run report r -o - --threads 1; code 0; cp "$folder/out" one.html
same r.html one.html 'expected the same page on standard output'
for n in 2 3; do
    run_on "$n" report r -o "r$n.html" --threads 1; code 0
    same r.html "r$n.html" "expected the same page on $n ranks"
done

# What judges says in figures, the page says.
run evaluate --checkpoint r --csv --threads 1; code 0
page_has r.html "$(awk -F, '$3 == "mae" && $4 == "" { printf $5 < 9.995 ? "off by %.2f on average" : "off by %.1f on average", $5 }' "$folder/out")"

run report r -o by.html --by 'gender*race' --min-count 3 --threads 1; code 0
well_formed by.html; page_has by.html 'male*white'; page_has by.html 'What age differs by between the groups of gender*race'
page_has by.html 'largest gap'; page_has r.html 'age mae by gender: '
run report r -o x.html --by height --threads 1; code 2; no_out; err "has no label 'height'"

# Several runs: first what they are beside each other, then each.
run train --config "$small" --data set.h5 --run two --epochs 1 --threads 1 --lr 0.002; code 0
run report r two -o both.html --threads 1; code 0
well_formed both.html; needs_nothing both.html
page_has both.html '<section id="comparison-0">'; page_has both.html '<section id="summary-2">'; page_has both.html 'optimizer.lr'
page_has both.html 'is better'
run_on 2 report r two -o both2.html --threads 1; code 0
same both.html both2.html 'expected the same page of two runs on 2 ranks'

# Without the dataset: what can be told, and what is missing.
mv set.h5 away.h5
run report r -o blind.html; code 0
well_formed blind.html; needs_nothing blind.html
page_has blind.html 'no dataset at &#39;set.h5&#39;'; page_has blind.html 'conv2d_2'; page_lacks blind.html 'where always saying'
for section in $sections; do page_has blind.html "<section id=\"$section-1\">"; done
for n in 1 2; do
    run_on "$n" report r -o again.html; code 0
    same blind.html again.html 'expected the same page without a dataset'
done
page_has blind.html 'Teams over time'
run report r two -o blind2.html; code 0; page_has blind2.html 'Not side by side'; page_lacks blind2.html 'comparison-0'
run report r/checkpoint.h5 -o alone.html; code 0; page_has alone.html 'is a checkpoint without the folder of its run'; well_formed alone.html
run report r -o r2.html --data away.h5 --threads 1; code 0; page_has r2.html 'where always saying'
mv away.h5 set.h5

# Names may hold any characters.
sed 's/,male,/,<b>,/; s/,female,/,"""\&"" \&amp;",/' faces/labels.csv >labels.csv
run prepare faces --labels labels.csv -o odd.h5 --size 32 --threads 1; code 0
odd="it's <i>\"odd\" & %s"
run train --config "$small" --data odd.h5 --run "$odd" --epochs 1 --threads 1; code 0
run report "$odd" -o odd.html --threads 1; code 0
well_formed odd.html; needs_nothing odd.html
page_has odd.html '&lt;b&gt;'; page_has odd.html '&quot;&amp;&quot; &amp;amp;'
page_has odd.html '<title>it&#39;s &lt;i&gt;&quot;odd&quot; &amp; %s</title>'; page_lacks odd.html '<b>'; page_lacks odd.html '<i>'

# What is wrong with a request.
run report r -o nowhere/r.html; code 1; no_out; err 'nowhere'
run report absent -o x.html; code 1; no_out; err "'absent'"
run report r --split val -o x.html; code 2; no_out; err "'val'"; err "did you mean '--split validation'?"
run report r --slot epoch_0099 -o x.html; code 1; no_out; err 'epoch_0099'
run report --help; code 0; out '--output FILE.html'
checks=$((checks + 1))
[ ! -e x.html ] || fail 'expected no page after an error'

# In a browser, where there is one: no word on the console, nothing fetched, nothing wider than the window.
browser=$(command -v chromium || command -v chromium-browser) || { echo 'no chromium: not looked at'; return 0; }
look() { # FILE
    call="$1 in $browser"
    {
        echo '<!DOCTYPE html><html><body><script>
const page = decodeURIComponent(escape(atob("'"$(base64 -w0 "$1")"'"))), said = [];
let left = 0;
for (const width of [400, 1400]) {
    const frame = document.createElement("iframe");
    frame.style.cssText = `width:${width}px;height:800px;border:0`;
    frame.srcdoc = page;
    left++;
    frame.onload = () => {
        const root = frame.contentDocument.documentElement;
        said.push(`${width}: wide ${root.scrollWidth <= width ? "enough" : root.scrollWidth}, ` +
            `fetched ${frame.contentWindow.performance.getEntriesByType("resource").length}`);
        if (--left === 0) document.body.innerHTML = said.sort().join("; ");
    };
    document.body.append(frame);
}
</script></body></html>'
    } >look.html
    timeout 300 "$browser" --headless=new --no-sandbox --disable-gpu --user-data-dir="$folder/browser" --enable-logging=stderr \
        --dump-dom "file://$PWD/look.html" >"$folder/out" 2>"$folder/err"
    checks=$((checks + 2))
    grep -q '1400: wide enough, fetched 0; 400: wide enough, fetched 0' "$folder/out" ||
        { fail 'expected a page that fits and fetches nothing, found'; sed 's/<script>.*<.script>//' "$folder/out" | tail -3 | cut -c1-300; }
    ! grep 'CONSOLE' "$folder/err" >"$folder/why" || { fail 'expected nothing on the console, found'; show "$folder/why"; }
}
look r.html
look odd.html
look blind.html
look both.html
