# Everything that makes a machine a cc-ci server; sops-nix has to be imported beside it.
{
  imports = [
    ./controller.nix
    ./doors.nix
    ./drone.nix
    ./proxy.nix
    ./retention.nix
    ./secrets.nix
    ./swarm.nix
  ];
}
