#!/usr/bin/env bash
# Measures builds against Hugo and against the floor, in turn, in one run
# (docs/performance.md). Needs the measuring rig: RIG=/path/to/rig, else a folder
# shared/rig beside this repository.
#
#   generator/bench/run.sh                                    all of it, both sizes
#   generator/bench/run.sh county|region [corpus] [pages] [full] [idle] [watch]  parts
#
# corpus only makes what the others need, which is kept from run to run; pages is
# a full build by a program that prints no PDFs, which Hugo does not either, full
# one that does.
#
# N: counted runs a figure (county 5, region 1: Hugo alone takes minutes there).
# SAVES: saves that P5 is taken from (101, of which the slowest bounds the 99th
# percentile). WORK: a folder on tmpfs (/dev/shm/despatch-bench).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=${WORK:-/dev/shm/despatch-bench}
if [ $# = 0 ]; then
  "$0" county
  "$0" region
  median() { sed -n 's/.*save->output \([0-9.]*\) ms median.*/\1/p' "$WORK/saves-$1"; }
  awk -v r="$(median region)" -v c="$(median county)" 'BEGIN { printf "save -> new head, region / county (P5): %.2f\n", r / c }'
  exit
fi
size=$1
shift
what=${*:-pages full idle watch}
case $size in
county) N=${N:-5} ;;
region) N=${N:-1} ;;
*) echo "bench: error: unknown size $size (want county or region)" >&2; exit 2 ;;
esac
SAVES=${SAVES:-101}
TOOLS=$here/.tools/bin

if [ -n "${RIG:-}" ]; then
  [ -f "$RIG/cmd/meas/main.go" ] || { echo "bench: error: RIG is set to $RIG and no rig is there" >&2; exit 1; }
else
  RIG=$here/../shared/rig
  [ -f "$RIG/cmd/meas/main.go" ] || { echo "bench: error: no rig is at $RIG; say RIG=/path/to/rig" >&2; exit 1; }
fi
RIG=$(cd "$RIG" && pwd)

mkdir -p "$WORK/bin" "$TOOLS"
for c in corpusgen meas watchlat floorbuild; do
  [ -x "$WORK/bin/$c" ] || (cd "$RIG" && go build -o "$WORK/bin/$c" "./cmd/$c")
done
(cd "$here" && go build -o "$WORK/bin/despatch" ./cmd/despatch && go build -o "$WORK/bin/corpus" ./generator/bench/corpus && go build -o "$WORK/bin/statall" ./generator/bench/statall)
[ -x "$TOOLS/hugo" ] || { echo "bench: installing Hugo 0.165, which takes minutes" >&2; CGO_ENABLED=0 GOBIN="$TOOLS" nice go install github.com/gohugoio/hugo@v0.165.0; }

# The program without PDFs is this one, but for the function that adds them.
printing=generator/page/paper.go
sed 's/^func (r \*room) print(.*{$/&\n\treturn nil/' "$here/$printing" > "$WORK/paper.go"
! cmp -s "$here/$printing" "$WORK/paper.go" || { echo "bench: error: $printing has lost its function print" >&2; exit 1; }
echo "{\"Replace\": {\"$here/$printing\": \"$WORK/paper.go\"}}" > "$WORK/overlay.json"
(cd "$here" && go build -overlay "$WORK/overlay.json" -o "$WORK/bin/despatch-pages" ./cmd/despatch)

# The converted corpus is kept from run to run until the converter changes.
rig=$WORK/rig-$size
la=$WORK/la-$size
converter=$(cat "$here"/generator/bench/corpus/{main,site}.go | sha256sum)
[ -d "$rig/schools" ] || "$WORK/bin/corpusgen" -size "$size" -out "$rig"
if [ "$(cat "$la.made" 2> /dev/null)" != "$converter" ]; then
  rm -rf "$la" "$la.made"
  "$WORK/bin/despatch" init --name "Northmoor County Council" --code 999 --print "$la" > "$la.pass" 2> /dev/null
  "$WORK/bin/corpus" -in "$rig" -out "$la"
  "$WORK/bin/despatch" -C "$la" keys --make --passphrase-file "$la.pass" 2> /dev/null
  echo "$converter" > "$la.made"
fi

# A build starts from nothing: neither a tree nor a cache, and that is asserted.
for program in despatch despatch-pages; do cat > "$WORK/$program.sh" <<END
set -e
rm -rf "$la/public" "$la/cache" "$la/public-keys/heads"
[ ! -e "$la/public" ] && [ ! -e "$la/cache" ]
exec "$WORK/bin/$program" -C "$la" build
END
done

hugo="$TOOLS/hugo --source $RIG/hugo-site --contentDir $rig --destination @D --noBuildLock"
floor="$WORK/bin/floorbuild -in $rig -site $RIG/hugo-site -out @D -layout pack -crypt hybrid -z gzip"
warm=1
[ "$N" -gt 1 ] || warm=0
# measure PROGRAM ARGUMENTS...: pairs of full builds.
measure() { program=$1; shift; timeout 3600 "$WORK/bin/meas" -n "$N" -warmup "$warm" -fresh "$WORK/runs" "$@" -- sh "$WORK/$program.sh"; }
bytes() { du -sb "$1" | cut -f1; }

echo "commit $(git -C "$here" rev-parse --short HEAD), $(nproc) processors, $(go version | cut -d' ' -f3), load $(cut -d' ' -f1-3 /proc/loadavg)"
for w in $what; do case $w in
corpus) ;;
pages)
  measure despatch-pages -label "$size: despatch without PDFs / hugo (P1, P2)" -vs "$hugo"
  echo "$size: $(bytes "$la/public") bytes of tree without PDFs, $(find "$la/public" -type f | wc -l) files"
  [ "$size" != county ] || measure despatch-pages -label "$size: despatch without PDFs / floor (P6)" -vs "$floor"
  ;;
full)
  measure despatch -label "$size: despatch / hugo (P1, P2)" -vs "$hugo"
  [ "$size" != county ] || measure despatch -label "$size: despatch / floor (P6)" -vs "$floor"
  echo "$size: $(bytes "$la/public") bytes of tree, $(find "$la/public" -type f | wc -l) files"
  if [ "$size" = county ]; then
    "$WORK/bin/meas" -n "$N" -fresh "$WORK/runs" -label "$size: floor / hugo" -vs "$hugo" -- $floor
    mkdir "$WORK/hugo" && $TOOLS/hugo --source "$RIG/hugo-site" --contentDir "$rig" --destination "$WORK/hugo" --noBuildLock > /dev/null
    echo "$size: $(bytes "$WORK/hugo") bytes of Hugo's pages"
    rm -rf "$WORK/hugo"
  fi
  (cd "$here" && go test ./generator/bench/corpus -run TestEveryTitleIsInTheOpenedPacks -count 1 -timeout 30m -args -la "$la" -passphrase-file "$la.pass")
  ;;
idle)
  sleep 3 # so that no file is as young as its listing
  "$WORK/bin/despatch" -C "$la" build > /dev/null
  tree=$(cd "$la/public" && find . -type f -printf '%p %s %T@\n' | sort | sha256sum)
  "$WORK/bin/meas" -n 5 -label "$size: nothing changed / stat (P4)" -vs "$WORK/bin/statall $la/despatch.yaml $la/content $la/events $la/public-keys" -- "$WORK/bin/despatch" -C "$la" build
  [ "$tree" = "$(cd "$la/public" && find . -type f -printf '%p %s %T@\n' | sort | sha256sum)" ] || { echo "bench: error: a build without changes wrote something" >&2; exit 1; }
  visit=$(find "$la/content/visits" -name visit.yaml | sort | head -n 1)
  cat > "$WORK/edit.sh" <<END
sed -i "s/^responsible: .*/responsible: \"Person \$(date +%N)\"/" "$visit"
END
  "$WORK/bin/meas" -n 5 -prep "sh $WORK/edit.sh" -label "$size: one changed / stat (P4)" -vs "$WORK/bin/statall $la/despatch.yaml $la/content $la/events $la/public-keys" -- "$WORK/bin/despatch" -C "$la" build
  ;;
watch)
  # Another program's state is looked at once as a whole, which is no save.
  "$WORK/bin/despatch" -C "$la" build > /dev/null
  report=$(find "$la/content/visits" -name report.md | sort | head -n 1)
  "$WORK/bin/watchlat" -n "$SAVES" -settle 200ms -edit "$report" -watch "$la/public/head" -label "$size: save -> new head (P5)" -log "$WORK/watch.log" -- "$WORK/bin/despatch" -C "$la" build --watch | tee "$WORK/saves-$size"
  grep -q 'save->output' "$WORK/saves-$size" || { echo "bench: error: nothing was measured under build --watch; see $WORK/watch.log" >&2; exit 1; }
  ;;
*) echo "bench: error: unknown figure $w (want corpus, pages, full, idle or watch)" >&2; exit 2 ;;
esac; done
