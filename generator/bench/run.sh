#!/usr/bin/env bash
# Measures builds against Hugo and against the floor, in turn, in one run
# (docs/performance.md). Needs the measuring rig: RIG=/path/to/rig, else a folder
# shared/rig beside this repository.
#
#   generator/bench/run.sh [county|region] [full] [idle] [watch]
#
# N: counted runs a figure (5). WORK: a folder on tmpfs (/dev/shm/despatch-bench).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
size=${1:-county}
shift || true
what=${*:-full idle watch}
N=${N:-5}
WORK=${WORK:-/dev/shm/despatch-bench}
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

rig=$WORK/rig-$size
la=$WORK/la-$size
[ -d "$rig/schools" ] || "$WORK/bin/corpusgen" -size "$size" -out "$rig"
if [ ! -d "$la/public-keys/compartments" ] || [ ! -f "$la.pass" ]; then
  rm -rf "$la"
  "$WORK/bin/despatch" init --name "Northmoor County Council" --code 999 --print "$la" > "$la.pass" 2> /dev/null
  "$WORK/bin/corpus" -in "$rig" -out "$la"
  "$WORK/bin/despatch" -C "$la" keys --make --passphrase-file "$la.pass" 2> /dev/null
fi

# A build starts from nothing: neither a tree nor a cache, and that is asserted.
cat > "$WORK/full.sh" <<END
set -e
rm -rf "$la/public" "$la/cache" "$la/public-keys/heads"
[ ! -e "$la/public" ] && [ ! -e "$la/cache" ]
exec "$WORK/bin/despatch" -C "$la" build
END

hugo="$TOOLS/hugo --source $RIG/hugo-site --contentDir $rig --destination @D --noBuildLock"
floor="$WORK/bin/floorbuild -in $rig -site $RIG/hugo-site -out @D -layout pack -crypt hybrid -z gzip"
meas() { "$WORK/bin/meas" -n "$N" "$@"; }

echo "commit $(git -C "$here" rev-parse --short HEAD), $(nproc) processors, $(go version | cut -d' ' -f3), load $(cut -d' ' -f1-3 /proc/loadavg)"
for w in $what; do case $w in
full)
  meas -fresh "$WORK/runs" -label "$size: despatch / hugo (P1, P2)" -vs "$hugo" -- sh "$WORK/full.sh"
  meas -fresh "$WORK/runs" -label "$size: despatch / floor (P6)" -vs "$floor" -- sh "$WORK/full.sh"
  meas -fresh "$WORK/runs" -label "$size: floor / hugo" -vs "$hugo" -- $floor
  sh "$WORK/full.sh" > /dev/null
  mkdir "$WORK/hugo-$size" && $TOOLS/hugo --source "$RIG/hugo-site" --contentDir "$rig" --destination "$WORK/hugo-$size" --noBuildLock > /dev/null
  echo "bytes: despatch $(du -sb "$la/public" | cut -f1), hugo $(du -sb "$WORK/hugo-$size" | cut -f1)"
  rm -rf "$WORK/hugo-$size"
  (cd "$here" && go test ./generator/bench/corpus -run TestEveryTitleIsInTheOpenedPacks -count 1 -args -la "$la" -passphrase-file "$la.pass")
  ;;
idle)
  sleep 3 # so that no file is as young as its listing
  "$WORK/bin/despatch" -C "$la" build > /dev/null
  tree=$(cd "$la/public" && find . -type f -printf '%p %s %T@\n' | sort | sha256sum)
  meas -label "$size: nothing changed / stat (P4)" -vs "$WORK/bin/statall $la/despatch.yaml $la/content $la/events $la/public-keys" -- "$WORK/bin/despatch" -C "$la" build
  [ "$tree" = "$(cd "$la/public" && find . -type f -printf '%p %s %T@\n' | sort | sha256sum)" ] || { echo "bench: error: a build without changes wrote something" >&2; exit 1; }
  visit=$(find "$la/content/visits" -name visit.yaml | sort | head -n 1)
  cat > "$WORK/edit.sh" <<END
sed -i "s/^responsible: .*/responsible: \"Person \$(date +%N)\"/" "$visit"
END
  meas -prep "sh $WORK/edit.sh" -label "$size: one changed / stat (P4)" -vs "$WORK/bin/statall $la/despatch.yaml $la/content $la/events $la/public-keys" -- "$WORK/bin/despatch" -C "$la" build
  ;;
watch)
  report=$(find "$la/content/visits" -name report.md | sort | head -n 1)
  "$WORK/bin/watchlat" -n 21 -settle 300ms -edit "$report" -watch "$la/public/head" -label "$size: save -> new head (P5)" -log "$WORK/watch.log" -- "$WORK/bin/despatch" -C "$la" build --watch
  ;;
*) echo "bench: error: unknown figure $w (want full, idle or watch)" >&2; exit 2 ;;
esac; done
