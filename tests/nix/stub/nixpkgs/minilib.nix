# A small module system, written for tests only: enough of the names and semantics of nixpkgs' `lib`
# to evaluate this project's modules where nixpkgs cannot be had. Add a name here when a module needs it.
let
  inherit (builtins)
    all any attrNames attrValues concatLists concatMap concatStringsSep elem elemAt filter foldl'
    functionArgs genList hasAttr head isAttrs isBool isFloat isFunction isInt isList isPath isString
    length listToAttrs map mapAttrs match removeAttrs replaceStrings sort substring stringLength tail
    toJSON toString typeOf;

  fail = loc: msg: throw "option `${concatStringsSep "." loc}': ${msg}";
  tag = v: if isAttrs v then v._type or "" else "";
  isDrvLike = v: isAttrs v && (v.type or "") == "derivation";
  isStringLike = v: isString v || isPath v || isDrvLike v || (isAttrs v && v ? outPath);

  # ---- properties -------------------------------------------------------------------------------
  # split a definition of an attribute set into plain sets, with conditions and priorities moved onto
  # the attributes, so that the names can be known before any condition is
  explode = v:
    if tag v == "merge" then concatMap explode v.contents
    else if tag v == "if" then map (mapAttrs (_: lib.mkIf v.condition)) (explode v.content)
    else if tag v == "override" then map (mapAttrs (_: lib.mkOverride v.priority)) (explode v.content)
    else if tag v == "order" then explode v.content
    else [ v ];

  # resolve a definition of one option: [ { prio, order, value } ]
  discharge = v:
    if tag v == "merge" then concatMap discharge v.contents
    else if tag v == "if" then
      (if !isBool v.condition then throw "mkIf: the condition is a ${typeOf v.condition}" else if v.condition then discharge v.content else [ ])
    else if tag v == "override" then map (d: d // { prio = v.priority; }) (discharge v.content)
    else if tag v == "order" then map (d: d // { order = v.priority; }) (discharge v.content)
    else [ { prio = 100; order = 1000; value = v; } ];

  mergeDefs = loc: type: defs:
    let
      flat = concatMap (d: map (x: x // { inherit (d) file; }) (discharge d.value)) defs;
      best = foldl' (a: d: if d.prio < a then d.prio else a) 9999 flat;
      kept = sort (a: b: a.order < b.order) (filter (d: d.prio == best) flat);
      bad = filter (d: !(type.check d.value)) kept;
    in
    {
      empty = kept == [ ];
      value =
        if kept == [ ] then fail loc "is used but not defined"
        else if bad != [ ] then fail loc "a definition in ${(head bad).file} is not of type ${type.description} (it is a ${typeOf (head bad).value})"
        else type.merge loc kept;
    };

  one = loc: defs:
    let vs = map (d: d.value) defs; in
    if length vs == 1 || all (v: v == head vs) vs then head vs
    else fail loc "has conflicting definitions in ${concatStringsSep " and " (map (d: d.file) defs)}";

  mkType = description: check: merge: { _type = "option-type"; inherit description check merge; subOptions = { }; };
  scalar = description: check: mkType description check one;
  mergeSets = loc: elemType: defs:
    let
      sets = concatMap (d: map (value: { inherit (d) file; inherit value; }) (explode d.value)) defs;
      names = lib.unique (concatMap (s: attrNames s.value) sets);
      merged = map (n: { name = n; m = mergeDefs (loc ++ [ n ]) elemType (map (s: { inherit (s) file; value = s.value.${n}; }) (filter (s: s.value ? ${n}) sets)); }) names;
    in
    listToAttrs (map (x: { inherit (x) name; value = x.m.value; }) (filter (x: !x.m.empty) merged));

  types = rec {
    bool = scalar "boolean" isBool;
    int = scalar "signed integer" isInt;
    float = scalar "floating point number" isFloat;
    number = either int float;
    str = scalar "string" isString;
    nonEmptyStr = scalar "non-empty string" (v: isString v && match "[[:space:]]*" v == null);
    singleLineStr = scalar "single-line string" (v: isString v && match "[^\n\r]*\n?" v != null);
    strMatching = re: scalar "string matching ${re}" (v: isString v && match re v != null);
    lines = mkType "strings concatenated with newlines" isString (_: defs: concatStringsSep "\n" (map (d: d.value) defs));
    commas = mkType "strings concatenated with commas" isString (_: defs: concatStringsSep "," (map (d: d.value) defs));
    separatedString = sep: mkType "strings concatenated with ${toJSON sep}" isString (_: defs: concatStringsSep sep (map (d: d.value) defs));
    path = scalar "absolute path" (v: isStringLike v && substring 0 1 "${toString v}" == "/");
    package = scalar "package" isDrvLike;
    shellPackage = package;
    port = ints.between 0 65535;
    ints = {
      between = a: b: scalar "integer between ${toString a} and ${toString b}" (v: isInt v && v >= a && v <= b);
      positive = scalar "positive integer" (v: isInt v && v > 0);
      unsigned = scalar "unsigned integer" (v: isInt v && v >= 0);
      u16 = ints.between 0 65535;
    };
    enum = vs: scalar "one of ${toJSON vs}" (v: elem v vs);
    nullOr = t: mkType "null or ${t.description}" (v: v == null || t.check v)
      (loc: defs: if all (d: d.value == null) defs then null else if any (d: d.value == null) defs then fail loc "is both null and not null" else t.merge loc defs);
    either = a: b: mkType "${a.description} or ${b.description}" (v: a.check v || b.check v)
      (loc: defs: if all (d: a.check d.value) defs then a.merge loc defs else if all (d: b.check d.value) defs then b.merge loc defs else one loc defs);
    oneOf = ts: foldl' either (head ts) (tail ts);
    listOf = t: mkType "list of ${t.description}" isList
      (loc: defs: concatLists (map (d: concatLists (lib.imap0 (i: v: let m = mergeDefs (loc ++ [ "[${toString i}]" ]) t [ { inherit (d) file; value = v; } ]; in if m.empty then [ ] else [ m.value ]) d.value)) defs));
    attrsOf = t: mkType "attribute set of ${t.description}" isAttrs (loc: defs: mergeSets loc t defs) // { inherit (t) subOptions; };
    lazyAttrsOf = attrsOf;
    attrs = mkType "attribute set" isAttrs (_: defs: foldl' (a: d: a // d.value) { } defs);
    raw = scalar "raw value" (_: true);
    unspecified = raw;
    anything = mkType "anything" (_: true) (loc: defs: if length defs > 1 && all (d: isAttrs d.value && !isDrvLike d.value) defs then mergeSets loc anything defs else one loc defs);
    submodule = m: submoduleWith { modules = if isList m then m else [ m ]; };
    submoduleWith = { modules, specialArgs ? { }, ... }: mkType "submodule" (v: isAttrs v || isFunction v || isPath v)
      (loc: defs:
        let
          r = evalModules {
            inherit loc;
            specialArgs = specialArgs // { name = if loc == [ ] then "" else elemAt loc (length loc - 1); };
            modules = modules ++ map (d: { _file = d.file; config = d.value; }) defs;
          };
        in
        r.checked) // { subOptions = (evalModules { inherit modules; specialArgs = specialArgs // { name = "‹name›"; }; }).options; };
  };

  # ---- evaluation -------------------------------------------------------------------------------
  evalModules = { modules, specialArgs ? { }, loc ? [ ], ... }:
    let
      args = { inherit config options; lib = lib'; } // specialArgs // { modulesPath = "/stub-nixpkgs/nixos/modules"; };
      lib' = specialArgs.lib or lib;
      call = f: f (if functionArgs f == { } then args else builtins.intersectAttrs (functionArgs f) args);
      load = parent: m:
        let
          file = if isPath m || isString m then toString m else if isAttrs m && m ? _file then toString m._file else parent;
          target = if (isPath m || isString m) && builtins.pathExists (toString m + "/default.nix") then m + "/default.nix" else m;
          raw = if isPath m || isString m then import target else m;
          v = if isFunction raw then call raw else raw;
          meta = [ "_file" "key" "_class" "imports" "disabledModules" "freeformType" "meta" ];
          full = v ? config || v ? options;
          stray = attrNames (removeAttrs v (meta ++ [ "config" "options" ]));
        in
        if !isAttrs v then throw "module ${file} is neither a function nor an attribute set"
        else if full && stray != [ ] then throw "module ${file} has both config/options and the attribute(s) ${toString stray}"
        else [
          {
            inherit file;
            freeform = v.freeformType or null;
            options = v.options or { };
            config = if full then v.config or { } else removeAttrs v meta;
          }
        ] ++ concatMap (load file) (v.imports or [ ]);
      # a path that is imported twice counts once
      dedupe = ms: let
        go = seen: xs: if xs == [ ] then [ ] else
          let x = head xs; k = if isPath x || isString x then toString x else null; in
          if k != null && elem k seen then go seen (tail xs) else [ x ] ++ go (if k == null then seen else seen ++ [ k ]) (tail xs);
      in go [ ] ms;
      loaded = concatMap (load "<module>") (dedupe modules);
      seenFiles = foldl' (acc: m: if substring 0 1 m.file == "/" && m.options != { } && elem m.file acc.files then acc else { files = acc.files ++ [ m.file ]; ms = acc.ms ++ [ m ]; }) { files = [ ]; ms = [ ]; } loaded;
      mods = seenFiles.ms;
      freeforms = filter (t: t != null) (map (m: m.freeform) mods);

      optTree = path: decls:
        let names = lib.unique (concatMap (d: attrNames d.value) decls); in
        listToAttrs (map
          (n:
            let
              ds = map (d: { inherit (d) file; value = d.value.${n}; }) (filter (d: d.value ? ${n}) decls);
              leaves = filter (d: tag d.value == "option") ds;
            in
            {
              name = n;
              value =
                if leaves == [ ] then optTree (path ++ [ n ]) ds
                else if length ds > 1 then fail (path ++ [ n ]) "is declared in ${concatStringsSep " and " (map (d: d.file) ds)}"
                else (head ds).value;
            })
          names);
      options = optTree loc (map (m: { inherit (m) file; value = m.options; }) mods);

      build = path: opts: defs:
        let
          sets = concatMap (d: map (value: { inherit (d) file; inherit value; }) (explode d.value)) defs;
          at = n: map (s: { inherit (s) file; value = s.value.${n}; }) (filter (s: s.value ? ${n}) sets);
          known = mapAttrs
            (n: o:
              if tag o == "option" then
                let
                  t = o.type or types.unspecified;
                  ds = at n ++ (if o ? default then [ { file = "<default>"; value = lib.mkOverride 1500 o.default; } ] else [ ]);
                  v = (mergeDefs (path ++ [ n ]) t (if ds == [ ] && o ? default == false && (o.type.description or "") == "submodule" then [ { file = "<empty>"; value = { }; } ] else ds)).value;
                in
                (o.apply or (x: x)) v
              else build (path ++ [ n ]) o (at n))
            opts;
          extra = filter (n: !(opts ? ${n})) (lib.unique (concatMap (s: attrNames s.value) sets));
        in
        if path == loc && freeforms != [ ]
        then known // ((head freeforms).merge path (map (s: { inherit (s) file; prio = 100; order = 1000; value = removeAttrs s.value (attrNames opts); }) sets))
        else known;

      # definitions of options that nobody declares
      stray = path: opts: defs:
        let
          sets = concatMap (d: map (value: { inherit (d) file; inherit value; }) (explode d.value)) defs;
          at = n: map (s: { inherit (s) file; value = s.value.${n}; }) (filter (s: s.value ? ${n}) sets);
          names = lib.unique (concatMap (s: attrNames s.value) sets);
        in
        if path == loc && freeforms != [ ] then [ ]
        else concatMap
          (n:
            if !(opts ? ${n}) then [ "option `${concatStringsSep "." (path ++ [ n ])}' does not exist (defined in ${(head (at n)).file})" ]
            else if tag opts.${n} == "option" then [ ]
            else stray (path ++ [ n ]) opts.${n} (at n))
          names;
      allDefs = map (m: { inherit (m) file; value = m.config; }) mods;
      config = build loc options allDefs;
      errors = stray loc options allDefs;
      checked = if errors == [ ] then config else throw (concatStringsSep "\n" errors);
    in
    { inherit options config errors checked; };

  escapeShellArg = s: "'" + replaceStrings [ "'" ] [ "'\\''" ] (toString s) + "'";

  lib = {
    inherit types evalModules escapeShellArg;
    inherit (builtins) all any attrNames attrValues concatLists concatMap concatStringsSep elem elemAt filter foldl' genList hasAttr head isAttrs isBool isFunction isInt isList isPath isString length listToAttrs map mapAttrs match removeAttrs replaceStrings sort substring stringLength tail toJSON toString typeOf;
    version = "stub";
    mkOption = a: { _type = "option"; } // a;
    mkEnableOption = what: lib.mkOption { type = types.bool; default = false; example = true; description = "Whether to enable ${what}."; };
    mkPackageOption = pkgs: name: a: lib.mkOption ({ type = types.package; description = a.description or "The ${toString name} package to use."; }
      // (if a ? default && a.default == null then { } else { default = let p = if a ? default then a.default else name; in if isList p then lib.attrByPath p (throw "pkgs.${concatStringsSep "." p} is missing") pkgs else pkgs.${p}; }));
    mkIf = condition: content: { _type = "if"; inherit condition content; };
    mkMerge = contents: { _type = "merge"; inherit contents; };
    mkOverride = priority: content: { _type = "override"; inherit priority content; };
    mkOptionDefault = lib.mkOverride 1500;
    mkDefault = lib.mkOverride 1000;
    mkForce = lib.mkOverride 50;
    mkVMOverride = lib.mkOverride 10;
    mkOrder = priority: content: { _type = "order"; inherit priority content; };
    mkBefore = lib.mkOrder 500;
    mkAfter = lib.mkOrder 1500;
    literalExpression = text: { _type = "literalExpression"; inherit text; };
    mdDoc = s: s;
    id = x: x;
    const = x: _: x;
    isDerivation = isDrvLike;
    optional = c: x: if c then [ x ] else [ ];
    optionals = c: xs: if c then xs else [ ];
    optionalString = c: s: if c then s else "";
    optionalAttrs = c: s: if c then s else { };
    singleton = x: [ x ];
    toList = x: if isList x then x else [ x ];
    subtractLists = without: filter (x: !(elem x without));
    sourceByRegex = folder: res: builtins.path { name = "source"; path = folder; filter = path: _: any (re: match re (baseNameOf path) != null) res; };
    fetchers.proxyImpureEnvVars = [ ];
    unique = foldl' (acc: x: if elem x acc then acc else acc ++ [ x ]) [ ];
    imap0 = f: xs: genList (i: f i (elemAt xs i)) (length xs);
    imap1 = f: xs: genList (i: f (i + 1) (elemAt xs i)) (length xs);
    flatten = x: if isList x then concatMap lib.flatten x else [ x ];
    last = xs: elemAt xs (length xs - 1);
    nameValuePair = name: value: { inherit name value; };
    mapAttrs' = f: s: listToAttrs (map (n: f n s.${n}) (attrNames s));
    mapAttrsToList = f: s: map (n: f n s.${n}) (attrNames s);
    concatMapAttrs = f: s: foldl' (a: n: a // f n s.${n}) { } (attrNames s);
    filterAttrs = p: s: listToAttrs (concatMap (n: if p n s.${n} then [ { name = n; value = s.${n}; } ] else [ ]) (attrNames s));
    genAttrs = ns: f: listToAttrs (map (n: { name = n; value = f n; }) ns);
    attrByPath = p: d: s: if p == [ ] then s else if isAttrs s && s ? ${head p} then lib.attrByPath (tail p) d s.${head p} else d;
    getAttrFromPath = p: s: lib.attrByPath p (throw "no attribute ${concatStringsSep "." p}") s;
    recursiveUpdate = a: b: if isAttrs a && isAttrs b && !isDrvLike a && !isDrvLike b then a // mapAttrs (n: v: if a ? ${n} then lib.recursiveUpdate a.${n} v else v) b else b;
    concatMapStringsSep = sep: f: xs: concatStringsSep sep (map f xs);
    concatMapStrings = f: xs: concatStringsSep "" (map f xs);
    concatLines = ls: concatStringsSep "" (map (l: l + "\n") ls);
    concatStrings = concatStringsSep "";
    splitString = sep: s: filter isString (builtins.split (lib.escapeRegex sep) s);
    escapeRegex = lib.escape [ "\\" "[" "{" "(" ")" "^" "$" "?" "*" "+" "|" "." ];
    escape = cs: replaceStrings cs (map (c: "\\" + c) cs);
    hasPrefix = p: s: substring 0 (stringLength p) s == p;
    hasSuffix = p: s: let n = stringLength s - stringLength p; in n >= 0 && substring n (-1) s == p;
    removePrefix = p: s: if lib.hasPrefix p s then substring (stringLength p) (-1) s else s;
    removeSuffix = p: s: if lib.hasSuffix p s then substring 0 (stringLength s - stringLength p) s else s;
    toInt = builtins.fromJSON;
    toLower = replaceStrings (lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (lib.stringToCharacters "abcdefghijklmnopqrstuvwxyz");
    toUpper = replaceStrings (lib.stringToCharacters "abcdefghijklmnopqrstuvwxyz") (lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    stringToCharacters = s: genList (i: substring i 1 s) (stringLength s);
    boolToString = b: if b then "true" else "false";
    fileContents = p: lib.removeSuffix "\n" (builtins.readFile p);
    escapeShellArgs = xs: concatStringsSep " " (map escapeShellArg xs);
    toShellVar = n: v: "${n}=${escapeShellArg v}";
    makeBinPath = ps: concatStringsSep ":" (map (p: "${p}/bin") (filter (p: p != null) ps));
    getExe = p: "${p}/bin/${p.meta.mainProgram or p.pname or p.name}";
    getExe' = p: n: "${p}/bin/${n}";
    getBin = p: p;
    getName = p: p.pname or p.name;
    assertMsg = c: m: if c then true else throw m;
    throwIf = c: m: if c then throw m else (x: x);
    throwIfNot = c: m: if c then (x: x) else throw m;
    warn = m: builtins.trace "warning: ${m}";
    warnIf = c: m: if c then lib.warn m else (x: x);
    systems.flakeExposed = [ "x86_64-linux" "aarch64-linux" ];
    generators.toJSON = _: toJSON;
    generators.toKeyValue = _: s: concatStringsSep "" (lib.mapAttrsToList (n: v: "${n}=${if isBool v then lib.boolToString v else toString v}\n") s);
  };
in
lib
