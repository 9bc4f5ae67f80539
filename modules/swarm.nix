# Docker, as the manager of a swarm, with the overlay network that the proxy and all apps share.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption;
  cfg = config.services.cc-ci;
  t = import ./types.nix { inherit lib; };
  unit = import ./units.nix {
    inherit lib;
    inherit (cfg) package;
  };
  address = lib.optionals (cfg.swarm.advertiseAddress != null) [
    "--advertise-address"
    cfg.swarm.advertiseAddress
  ];
in
{
  options.services.cc-ci.swarm = {
    advertiseAddress = t.optional t.address "192.0.2.7" "Address under which the swarm knows this machine; needed where it has several.";
    subnet = mkOption {
      type = t.subnet;
      default = "10.77.0.0/16";
      example = "10.99.0.0/16";
      description = "Addresses of the network `proxy`; a smaller one than /16 runs out sooner, a /24 at about 100 services.";
    };
  };

  config = lib.mkIf cfg.enable {
    virtualisation.docker = {
      enable = true;
      # A swarm cannot be had together with containers that outlive their engine.
      liveRestore = false;
      # What bounds the logs of each container is an option of this driver.
      logDriver = "json-file";
    };

    # Joined to what the module of Docker says itself, whose order is not to be lost.
    systemd.services.docker = {
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
    };

    systemd.services.cc-ci-swarm = unit "cc-ci-swarm" ([ "--subnet" cfg.swarm.subnet ] ++ address);

    environment.systemPackages = [ pkgs.docker ];

    assertions = [
      {
        assertion = !config.virtualisation.docker.liveRestore;
        message = "virtualisation.docker.liveRestore: has to be false; a Docker with live-restore cannot be a swarm manager.";
      }
    ];
  };
}
