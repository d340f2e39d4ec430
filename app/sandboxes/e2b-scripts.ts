/** The shell scripts by which commands are started, followed and killed inside an E2B sandbox (its templates have bash). */
import { shellQuote } from './paths.ts'

const CHUNK_BYTES = 48 * 1024
/** More unread output than this is skipped up to the last part: only a tail is kept anyway. */
const BACKLOG_BYTES_MAX = 16 * 1024 * 1024
const SKIP_KEEPS_BYTES = 2 * 1024 * 1024
/** One connection carries at most this much; the SDK keeps what it carried in memory. */
const FOLLOW_BYTES_MAX = 16 * 1024 * 1024
const FOLLOW_SECONDS_MAX = 240
/** A launched command has made its folder by then. */
const START_SECONDS_MAX = 30

/**
 * Starts the command in a process group of its own (job control), once: who comes second finds the folder `once`.
 * Files in `dir`: `in`, `out`, `err`, `pid` (which is the group), and `rc` when it has ended.
 */
export function launchScript(id: string, dir: string, cwd: string, argv: readonly string[]): string {
  return `
d=${shellQuote(dir)}; mkdir -p -m 700 "$d"; mkdir "$d/once" 2>/dev/null || exit 0
i=/dev/null; [ -f "$d/in" ] && i="$d/in"
set -m
( export DECKHAND_EXEC=${id}; cd -- ${shellQuote(cwd)} || exit 127; exec ${argv.map(shellQuote).join(' ')} ) \\
  <"$i" >"$d/out" 2>"$d/err" &
echo $! >"$d/pid"; wait $!; echo $? >"$d/rc.new"; mv "$d/rc.new" "$d/rc"`
}

/**
 * Prints what the files hold beyond the offsets as lines \`o <offset> <base64>\` and \`e …\`, and \`x <status>\` at the
 * end. May be stopped and started again anywhere.
 */
export function followScript(dir: string, outOffset: number, errOffset: number): string {
  return `
d=${shellQuote(dir)}; o=${outOffset}; e=${errOffset}; sent=0; idle=0; there=
emit() {
  next=$3; n=$(wc -c 2>/dev/null <"$d/$2") || n=0
  [ $((n - next)) -gt ${BACKLOG_BYTES_MAX} ] && next=$((n - ${SKIP_KEEPS_BYTES}))
  while [ "$n" -gt "$next" ]; do
    c=$((n - next)); [ $c -gt ${CHUNK_BYTES} ] && c=${CHUNK_BYTES}
    printf '%s %s %s\\n' "$1" "$next" "$(tail -c +$((next + 1)) "$d/$2" | head -c $c | base64 | tr -d '\\n')" || exit 0
    next=$((next + c)); sent=$((sent + c)); idle=0
  done
}
while [ $SECONDS -lt ${FOLLOW_SECONDS_MAX} ] && [ $sent -lt ${FOLLOW_BYTES_MAX} ]; do
  end=; [ -f "$d/rc" ] && end=1
  emit o out $o; o=$next; emit e err $e; e=$next
  if [ -n "$end" ]; then printf 'x %s\\n' "$(cat "$d/rc")"; exit 0; fi
  # The folder may not be there yet; gone after it was there, or late, nothing will write the end into it any more.
  if [ -d "$d" ]; then there=1; elif [ -n "$there" ] || [ $SECONDS -ge ${START_SECONDS_MAX} ]; then echo 'x 137'; exit 0; fi
  idle=$((idle + 1)); if [ $idle -lt 20 ]; then sleep 0.03; else sleep 0.2; fi
done`
}

/** Kills the command's process group and whatever left the group but still carries its marker. Safe to run twice. */
export function killScript(id: string, dir: string): string {
  return `
d=${shellQuote(dir)}; i=0; mkdir -p -m 700 "$d"
# Who makes the folder first decides: a launch that comes after its own kill finds it and does nothing.
if mkdir "$d/once" 2>/dev/null; then echo 137 >"$d/rc"; exit 0; fi
while [ ! -s "$d/pid" ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done
p=$(cat "$d/pid" 2>/dev/null) && kill -KILL -- "-$p" 2>/dev/null
for round in 1 2 3 4 5; do
  found=
  for f in /proc/[0-9]*; do
    while IFS= read -r -d '' v; do
      [ "$v" = DECKHAND_EXEC=${id} ] && kill -KILL "\${f#/proc/}" 2>/dev/null && found=1 && break
    done 2>/dev/null <"$f/environ"
  done
  [ -z "$found" ] && break
done
i=0; while [ ! -f "$d/rc" ] && [ $i -lt 20 ]; do i=$((i + 1)); sleep 0.05; done
[ -f "$d/rc" ] || echo 137 >"$d/rc"`
}
