# The NixOS options that this project sets, with their types, for tests only. A comparison by hand held
# every path here against the real NixOS modules. An option that is not here is an error, as in NixOS.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  opt = type: mkOption { inherit type; };
  dflt = default: type: mkOption { inherit type default; };
  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str types.path types.package ]);
  unitOption = types.oneOf [ atom (types.listOf atom) ];
  section = dflt { } (types.attrsOf unitOption);
  strs = dflt [ ] (types.listOf types.str);
  lines = dflt "" types.lines;
  unitOptions = {
    enable = dflt true types.bool;
    description = dflt "" types.singleLineStr;
    documentation = strs;
    after = strs; before = strs; wants = strs; requires = strs; requisite = strs; bindsTo = strs; partOf = strs;
    conflicts = strs; onFailure = strs; onSuccess = strs; wantedBy = strs; requiredBy = strs; aliases = strs;
    unitConfig = section;
    restartTriggers = dflt [ ] (types.listOf types.unspecified);
    startLimitBurst = mkOption { type = types.int; default = 5; };
    startLimitIntervalSec = mkOption { type = types.int; default = 10; };
  };
  service = types.submodule {
    options = unitOptions // {
      environment = dflt { } (types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ])));
      path = dflt [ ] (types.listOf (types.oneOf [ types.package types.str ]));
      serviceConfig = section;
      script = lines; scriptArgs = dflt "" types.str;
      preStart = lines; postStart = lines; reload = lines; preStop = lines; postStop = lines;
      restartIfChanged = dflt true types.bool; reloadIfChanged = dflt false types.bool; stopIfChanged = dflt true types.bool;
      startAt = mkOption { type = types.either types.str (types.listOf types.str); default = [ ]; };
    };
  };
  timer = types.submodule { options = unitOptions // { timerConfig = section; }; };
  pathUnit = types.submodule { options = unitOptions // { pathConfig = section; }; };
  socket = types.submodule { options = unitOptions // { socketConfig = section; listenStreams = strs; }; };
  plainUnit = types.submodule { options = unitOptions; };
  user = types.submodule ({ name, ... }: {
    options = {
      name = dflt name types.str;
      description = dflt "" types.str;
      isNormalUser = dflt false types.bool; isSystemUser = dflt false types.bool;
      uid = dflt null (types.nullOr types.int);
      group = dflt "" types.str; extraGroups = strs;
      home = dflt "/var/empty" types.path; createHome = dflt false types.bool;
      shell = dflt null (types.nullOr (types.either types.package types.path));
      linger = dflt false types.bool;
      openssh.authorizedKeys.keys = strs;
      openssh.authorizedKeys.keyFiles = dflt [ ] (types.listOf types.path);
      packages = dflt [ ] (types.listOf types.package);
    };
  });
  etcFile = types.submodule {
    options = {
      enable = dflt true types.bool;
      text = dflt null (types.nullOr types.lines);
      source = dflt null (types.nullOr types.path);
      mode = dflt "symlink" types.str; user = dflt "+0" types.str; group = dflt "+0" types.str;
    };
  };
  services = config.systemd.services;
  inUse = lib.filterAttrs (_: s: s.enable) services;
  userAssertions = lib.mapAttrsToList (n: u: { assertion = u.isNormalUser != u.isSystemUser || n == "root"; message = "users.users.${n}: set exactly one of isNormalUser and isSystemUser"; }) config.users.users
    ++ lib.mapAttrsToList (n: u: { assertion = u.group != "" || u.isNormalUser || n == "root"; message = "users.users.${n}.group is unset"; }) config.users.users
    ++ lib.mapAttrsToList (n: s: { assertion = !((s.serviceConfig.Type or "") == "oneshot" && lib.elem (s.serviceConfig.Restart or "no") [ "always" "on-success" ]); message = "systemd.services.${n}: Type=oneshot cannot have Restart=always or on-success"; }) inUse
    ++ lib.mapAttrsToList (n: s: { assertion = s.script != "" || s.serviceConfig ? ExecStart || lib.elem n [ "docker" "sshd" "network-online" ]; message = "systemd.services.${n} has neither script nor ExecStart"; }) inUse
    ++ lib.mapAttrsToList (n: s: { assertion = !(s.script != "" && s.serviceConfig ? ExecStart); message = "systemd.services.${n} has both script and ExecStart"; }) inUse
    ++ lib.mapAttrsToList (n: s: { assertion = !(lib.elem "network-online.target" s.after) || lib.elem "network-online.target" (s.wants ++ s.requires); message = "systemd.services.${n} is ordered after network-online.target but does not want it"; }) inUse
    ++ lib.mapAttrsToList (n: t: { assertion = services ? ${n} || t.timerConfig ? Unit; message = "systemd.timers.${n} has no service"; }) config.systemd.timers;
  failed = map (a: a.message) (builtins.filter (a: !a.assertion) config.assertions);
in
{
  options = {
    assertions = dflt [ ] (types.listOf types.unspecified);
    warnings = strs;
    system.stateVersion = opt types.str;
    system.build = dflt { } (types.attrsOf types.unspecified);
    nixpkgs.hostPlatform = dflt "x86_64-linux" types.str;
    nixpkgs.overlays = dflt [ ] (types.listOf types.unspecified);
    nixpkgs.config = dflt { } types.attrs;
    nix.settings = dflt { } (types.attrsOf types.unspecified);
    nix.gc.automatic = dflt false types.bool;
    nix.gc.dates = dflt "03:15" types.str;
    nix.gc.options = dflt "" types.str;
    documentation.enable = dflt true types.bool;
    time.timeZone = dflt null (types.nullOr types.str);
    fileSystems = dflt { } (types.attrsOf (types.submodule { options = { device = opt types.str; fsType = opt types.str; options = strs; neededForBoot = dflt false types.bool; }; }));
    swapDevices = dflt [ ] (types.listOf types.attrs);
    boot.kernel.sysctl = dflt { } (types.attrsOf atom);
    boot.tmp.cleanOnBoot = dflt false types.bool;
    boot.loader.grub.enable = dflt true types.bool;
    boot.loader.grub.device = dflt "" types.str;
    boot.loader.systemd-boot.enable = dflt false types.bool;
    boot.loader.efi.canTouchEfiVariables = dflt false types.bool;
    boot.loader.initScript.enable = dflt false types.bool;
    networking.hostName = dflt "nixos" types.str;
    networking.domain = dflt null (types.nullOr types.str);
    networking.useDHCP = dflt true types.bool;
    networking.extraHosts = lines;
    networking.firewall.enable = dflt true types.bool;
    networking.firewall.allowedTCPPorts = dflt [ ] (types.listOf types.port);
    networking.firewall.allowedUDPPorts = dflt [ ] (types.listOf types.port);
    networking.firewall.trustedInterfaces = strs;
    networking.firewall.interfaces = dflt { } (types.attrsOf (types.submodule { options = { allowedTCPPorts = dflt [ ] (types.listOf types.port); allowedUDPPorts = dflt [ ] (types.listOf types.port); }; }));
    networking.firewall.extraCommands = lines;
    environment.systemPackages = dflt [ ] (types.listOf types.package);
    environment.etc = dflt { } (types.attrsOf etcFile);
    environment.variables = dflt { } (types.attrsOf types.unspecified);
    users.users = dflt { } (types.attrsOf user);
    users.groups = dflt { } (types.attrsOf (types.submodule { options = { gid = dflt null (types.nullOr types.int); members = strs; }; }));
    users.mutableUsers = dflt true types.bool;
    security.sudo.extraRules = dflt [ ] (types.listOf types.attrs);
    security.sudo.wheelNeedsPassword = dflt true types.bool;
    services.openssh.enable = dflt false types.bool;
    services.openssh.settings = dflt { } (types.attrsOf types.unspecified);
    services.openssh.openFirewall = dflt true types.bool;
    services.journald.extraConfig = lines;
    systemd.services = dflt { } (types.attrsOf service);
    systemd.timers = dflt { } (types.attrsOf timer);
    systemd.paths = dflt { } (types.attrsOf pathUnit);
    systemd.sockets = dflt { } (types.attrsOf socket);
    systemd.targets = dflt { } (types.attrsOf plainUnit);
    systemd.tmpfiles.rules = strs;
    virtualisation.docker.enable = dflt false types.bool;
    virtualisation.docker.enableOnBoot = dflt true types.bool;
    virtualisation.docker.liveRestore = dflt true types.bool;
    virtualisation.docker.logDriver = dflt "journald" (types.enum [ "none" "json-file" "syslog" "journald" "gelf" "fluentd" "awslogs" "splunk" "etwlogs" "gcplogs" "local" ]);
    virtualisation.docker.daemon.settings = dflt { } (types.attrsOf types.unspecified);
    virtualisation.docker.extraOptions = dflt "" (types.separatedString " ");
    virtualisation.docker.autoPrune.enable = dflt false types.bool;
    virtualisation.docker.autoPrune.dates = dflt "weekly" types.str;
    virtualisation.docker.autoPrune.flags = strs;
    virtualisation.docker.package = opt types.package;
  };
  config = {
    users.users.root = { isSystemUser = true; group = "root"; };
    users.groups.root = { };
    assertions = userAssertions ++ [
      { assertion = config.fileSystems ? "/"; message = "fileSystems has no entry for /"; }
      { assertion = !(config.virtualisation.docker.enable && config.virtualisation.docker.liveRestore && services ? swarm-init); message = "Docker Swarm and live-restore exclude each other: set virtualisation.docker.liveRestore = false"; }
    ];
    system.build.toplevel =
      if failed != [ ] then throw ("Failed assertions:\n" + lib.concatMapStrings (m: "- ${m}\n") failed)
      else derivation {
        name = "nixos-system-${config.networking.hostName}-stub"; system = "x86_64-linux"; builder = "/bin/sh";
        everything = builtins.toJSON {
          inherit (config) networking users fileSystems boot virtualisation warnings nix;
          etc = lib.filterAttrs (_: e: e.enable) config.environment.etc;
          packages = map toString config.environment.systemPackages;
          systemd = { inherit (config.systemd) services timers paths sockets targets tmpfiles; };
          more = removeAttrs (config.sops or { }) [ "defaultSopsFile" ];
        };
      };
  };
}
