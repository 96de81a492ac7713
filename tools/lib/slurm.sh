# Sourced by tools/test: a Slurm cluster of this machine alone, for as long as the tests run.
# FOREBEAR_SLURM_FOLDER is then a folder for what they write, SLURM_CONF its configuration.

# start_slurm FOLDER: fails, having said why, where there can be none.
start_slurm() {
  for command in slurmctld slurmd munged sbatch sinfo; do
    command -v $command >/dev/null 2>&1 || { say "no Slurm: $command is not installed"; return 1; }
  done
  [ "$(id -u)" = 0 ] || { say "no Slurm: its daemons are started by root"; return 1; }
  slurm=$1
  mkdir -p "$slurm/munge" "$slurm/state" "$slurm/spool" "$slurm/runs"
  chmod 755 "$slurm"
  chmod 700 "$slurm/munge"
  (umask 077 && head -c 1024 /dev/urandom >"$slurm/munge/munge.key")
  host=$(hostname -s)
  # Ports that are not Slurm's own, which a real cluster may use.
  cat >"$slurm/slurm.conf" <<EOF
ClusterName=forebear
SlurmctldHost=$host
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.sock
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
SlurmctldPort=$((26000 + $$ % 1000))
SlurmdPort=$((27000 + $$ % 1000))
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
NodeName=$host CPUs=$(nproc) RealMemory=1500 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
  SLURM_CONF=$slurm/slurm.conf
  # batchtools asks for the jobs of $USER, which a container may not set.
  USER=${USER:-$(id -un)}
  export SLURM_CONF USER
  munged --force --key-file="$slurm/munge/munge.key" --socket="$slurm/munge.sock" \
    --pid-file="$slurm/munge/munged.pid" --log-file="$slurm/munge/log" \
    --seed-file="$slurm/munge/seed" >"$slurm/start.log" 2>&1 &&
    slurmctld >>"$slurm/start.log" 2>&1 && slurmd >>"$slurm/start.log" 2>&1 || {
    say "no Slurm: $(tail -n 1 "$slurm/start.log")"
    stop_slurm "$slurm"
    return 1
  }
  tries=0
  until sinfo --noheader --states=idle 2>/dev/null | grep -q idle; do
    tries=$((tries + 1))
    [ $tries -lt 30 ] || { say "no Slurm: its node does not come up"; stop_slurm "$slurm"; return 1; }
    sleep 1
  done
  FOREBEAR_SLURM_FOLDER=$slurm/runs
  export FOREBEAR_SLURM_FOLDER
}

# stop_slurm FOLDER: ends what `start_slurm` has started there.
stop_slurm() {
  for file in "$1/slurmd.pid" "$1/slurmctld.pid" "$1/munge/munged.pid"; do
    [ -s "$file" ] || continue
    pid=$(cat "$file")
    kill "$pid" 2>/dev/null
    # They still write as they end; one that nobody waits for is a zombie then.
    tries=0
    while [ $tries -lt 50 ] && grep -qs '^State:[[:space:]]*[^Z]' "/proc/$pid/status"; do
      tries=$((tries + 1))
      sleep 0.1
    done
  done
  unset SLURM_CONF FOREBEAR_SLURM_FOLDER
  return 0
}
