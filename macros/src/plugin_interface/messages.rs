//! Every sentence that the attribute says to an author.
//!
//! A sentence names its subject, the rule and the fix; it is in lower case, with code in backticks.

use std::fmt::Display;

macro_rules! sentences {
    ($($name:ident($($part:ident),*) = $text:literal;)*) => {
        $(pub(crate) fn $name($($part: impl Display),*) -> String {
            format!($text)
        })*

        /// Each sentence with its name, for the test that looks for its fixture.
        #[cfg(test)]
        #[allow(dead_code, reason = "that test is in another crate, which includes this file")]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $text)),*];
    };
}

// The attributes.
sentences! {
    not_a_trait() = "`#[plugin_interface]` describes a trait, and this is none: move the attribute to the trait whose methods the plugin has";
    missing_version(interface) = "interface `{interface}` has no version: write `#[plugin_interface(version = 1)]`, and raise it when an older program could no longer cope";
    unknown_key(key, attribute, allowed) = "`{key}` is not a key of `{attribute}`; the keys are {allowed}";
    misspelt_key(key, attribute, nearest, allowed) = "`{key}` is not a key of `{attribute}`: did you mean `{nearest}`? The keys are {allowed}";
    not_a_key(attribute, example) = "`{attribute}` takes keys: write `{example}`, and a comma before the next one";
    repeated_key(key) = "`{key}` is given twice: keep one of the two";
    missing_value(key, example) = "`{key}` has no value: write `{key} = {example}`";
    flag_with_value(key) = "`{key}` is a key without a value: write it alone, with a comma before the next one, or leave it out";
    not_an_integer(key) = "`{key}` is not a literal integer; programs compiled years apart compare it, so it stands in the source: write `{key} = 1`";
    not_a_string(key, example) = "`{key}` is not a literal string: write `{key} = {example}`";
    not_a_path(key) = "`{key}` is not a path: write `{key} = some_name`, the name under which this crate knows `outboard`";
    integer_out_of_range(key) = "`{key}` is out of range; versions count from 1 to 4294967295";
    empty_string(key, subject) = "`{key}` is empty; the other program looks for it: leave it out for the {subject}'s own name";
    not_a_duration(key) = "`{key}` is not a duration; it is an integer and one of the units `ms`, `s`, `m` and `h`, with nothing between them: write `{key} = \"5s\"`";
    duration_without_unit(key, number) = "`{key}` has no unit; the units are `ms`, `s`, `m` and `h`: write `{key} = \"{number}s\"` for seconds";
    unknown_unit(key, unit) = "`{key}` has the unit `{unit}`, and the units are `ms`, `s`, `m` and `h`: write `{key} = \"5s\"`";
    zero_duration(key) = "`{key}` is zero, and no call is that fast: give it at least `\"1ms\"`, or leave it out for calls without a limit";
    long_duration(key) = "`{key}` is above a day; whoever waits for longer wants no limit: give it `\"24h\"` or less, or leave it out";
    min_above_version(min_version, version) = "`min_version` is {min_version} and above `version`, which is {version}; it is the oldest version still served: give {version} or less";

    unsafe_trait(interface) = "interface `{interface}` is an `unsafe` trait; nobody can keep such a promise across two programs: remove `unsafe`";
    generic_trait(interface) = "interface `{interface}` is generic; both programs need the same concrete types: name them, or write one interface for each";
    where_on_trait(interface) = "interface `{interface}` has a `where` clause; both programs need the same methods always: remove it";
    empty_trait(interface) = "interface `{interface}` has no methods, so there is nothing to call: give it at least one, `async fn` or `fn`";
    associated_type(name) = "the associated type `{name}` differs between implementations, and the other program cannot know it: name the concrete type in the methods";
    associated_const(name, method) = "the associated const `{name}` cannot be read from another program: make it a method, `{method}(&self) -> Result<..>`";
    macro_in_trait() = "a macro in an interface hides its methods from `#[plugin_interface]`: write them out";
    not_a_method() = "an interface consists of methods, `async` or plain, that take `&self` and return a `Result`: remove this";
    visible_method(method) = "method `{method}` has a visibility of its own; it is as visible as its trait: remove it";

    mixed_forms(method, form, first, first_form) = "method `{method}` is {form} and `{first}` is {first_form}; an interface is `async` or blocking as a whole: write all of its methods in one way";
    setting_without_keys() = "`#[plugin]` on a method takes keys: write `#[plugin(name = \"..\")]`, or remove it";
    repeated_name(method, name, first) = "method `{method}` has the name `{name}`, and so has `{first}`; the other program finds a method by it: give it another name";
    const_method(method) = "method `{method}` is `const`; a call to another program happens at run time: remove `const`";
    unsafe_method(method) = "method `{method}` is `unsafe`; the other program cannot trust its caller: check the arguments, and remove `unsafe`";
    extern_method(method) = "method `{method}` is `extern`; calls travel as messages, not by a calling convention: remove it";
    generic_method(method) = "method `{method}` is generic; what travels to another program has one concrete type: name it";
    method_lifetime(method) = "method `{method}` has named lifetimes; an argument is borrowed for the call and nothing longer: remove them, and write `&str`";
    where_on_method(method) = "method `{method}` has a `where` clause; it can be called always or not at all: remove it";
    variadic_method(method) = "method `{method}` is variadic; what travels has a known number of arguments: take a slice, `&[T]`";
    repeated_method(method) = "method `{method}` is declared twice; callers find a method by its name: rename one of the two";
    reserved_version() = "method `version` is one that every interface has already, for the version of the implementation: choose another name";

    no_receiver(method) = "method `{method}` has no receiver; a call goes to an implementation: take `&self` first";
    receiver_by_value(method) = "method `{method}` takes `self` by value, and a plugin goes on serving after a call: take `&self`";
    mutable_receiver(method) = "method `{method}` takes `&mut self`; a plugin serves calls concurrently: take `&self` and keep state behind a `Mutex` or an atomic";
    typed_receiver(method) = "method `{method}` spells out the type of `self`: take `&self`";
    too_many_arguments(method) = "method `{method}` has more than 12 arguments: put some of them into a struct";

    pattern_argument(method) = "method `{method}` takes an argument apart; its name is part of the interface: give it a plain name and take it apart in the `impl`";
    mutable_binding(argument, method) = "argument `{argument}` of `{method}` is declared `mut`; that is the business of each `impl`: remove `mut` here";
    argument_attribute(method) = "an argument of `{method}` has an attribute; both programs need the same arguments always: remove it";
    impl_argument(argument, method) = "argument `{argument}` of `{method}` is an `impl Trait`; what travels to another program has one concrete type: name it, or the client of an interface";
    mutable_argument(argument, method) = "argument `{argument}` of `{method}` is a `&mut`; a plugin cannot write into its caller's memory: return the new value";
    nested_reference(argument, method) = "argument `{argument}` of `{method}` has a reference inside its type; arguments are borrowed as a whole, `&T` or `Option<&T>`: make the inside owned, `String` for `&str`";
    named_lifetime(lifetime, method) = "`{lifetime}` in method `{method}` is a named lifetime; an argument is borrowed for the call and nothing longer: remove it, or write `'_` in a path";

    hidden_lifetime(argument, method) = "argument `{argument}` of `{method}` is a `Cow` that hides its lifetime: write `Cow<'_, ..>`";

    no_return(method) = "method `{method}` returns nothing; every call can fail on its way, for the plugin may be gone: write `-> outboard::Result<()>`";
    returns_impl(method) = "method `{method}` returns an `impl Trait`; what travels to another program has one concrete type: write `-> Result<T>`, and `async fn {method}` where it is a future";
    returns_borrow(method) = "method `{method}` returns something borrowed, and what it returns comes from another program: return an owned value, `String` for `&str`";
    returns_never(method) = "method `{method}` never returns, and then its caller never learns that the plugin is gone: write `-> outboard::Result<()>`";

    self_type(subject) = "{subject} names `Self`, which is another type in each program: name a concrete one";
    trait_object(subject) = "{subject} has a trait object; the other program does not have its code: name a concrete type, or the client of an interface";
    raw_pointer(subject) = "{subject} has a raw pointer, which means nothing in another program: send the value";
    function_pointer(subject) = "{subject} has a function pointer, which means nothing in another program: send data";
}
