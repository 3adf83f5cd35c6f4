# The API tokens, straight into the vault: from the environment, or typed by a person at a terminal. Everybody else is told
# how to add them.

# ask SECRET WHAT VALUE: makes sure of a token, as far as that goes from here; an empty VALUE is none.
ask() {
  found=0
  look_for "$1" || found=$?
  case $found in
    0) return ;;
    2) say "the vault answers inside its network only. From there, unless it has the $2: $(command_for "$1")"; return ;;
  esac
  token=$3
  [ -n "$token" ] || [ ! -t 0 ] || type_token "$2"
  if [ -n "$token" ]; then
    put "$1"
  else
    say "no $2 yet; add it: $(command_for "$1")"
  fi
  unset token
}

command_for() {
  printf '%s' "az keyvault secret set --subscription $AZURE_SUBSCRIPTION_ID --vault-name $CROSSFADE_VAULT --name $1 --file FILE"
}

# look_for SECRET: 0 where the vault has it, 1 where it has not, 2 where it is closed to this network. A vault that cannot
# be asked for another reason ends the hook: nothing is known then, and a token may be there.
look_for() {
  tries=10
  until error=$(azure keyvault secret show --vault-name "$CROSSFADE_VAULT" --name "$1" --query id --output none 2>&1); do
    case $error in
      *SecretNotFound*) return 1 ;;
      *ForbiddenByConnection* | *ForbiddenByFirewall* | *"private link"*) return 2 ;;
      *Forbidden*) wait_for_role ;;
      *) refused "the vault cannot be asked for $1, so whether it has it is not known: see what az says above" ;;
    esac
  done
}

# type_token WHAT: into $token, blind; nothing typed leaves it empty.
type_token() {
  trap 'stty echo' EXIT
  trap 'stty echo; exit 130' INT TERM
  stty -echo
  printf '%s (typed blind, Enter alone to leave it out): ' "$1" >&2
  read -r token || token=
  stty echo
  trap - EXIT INT TERM
  printf '\n' >&2
}

# put SECRET: $token into the vault; it goes through a pipe, so no list of processes shows it.
put() {
  tries=10
  until error=$(printf '%s' "$token" |
    azure keyvault secret set --vault-name "$CROSSFADE_VAULT" --name "$1" --file /dev/stdin --output none 2>&1); do
    case $error in
      *Forbidden*) wait_for_role ;;
      *) refused "the vault does not take $1: see what az says above" ;;
    esac
  done
}

# A role given a minute ago may not hold yet.
wait_for_role() {
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || refused "the vault refuses: are you AZURE_PRINCIPAL_ID, who is given Key Vault Secrets Officer?"
  say "the vault does not let you in yet; again in ${CROSSFADE_PAUSE_S:-30} s"
  sleep "${CROSSFADE_PAUSE_S:-30}"
}

refused() {
  printf '%s\n' "$error" >&2
  fail "$1"
}
