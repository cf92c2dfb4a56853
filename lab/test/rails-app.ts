/** A Rails app for Debian's own Rails: what `rails new --minimal` leaves, shortened. */
export const railsApp = {
  Gemfile: 'source "https://rubygems.org"\ngem "railties"\ngem "puma"\n',
  'bramble.yaml': `packages: [ruby-railties, puma, ruby-bundler]
build:
  - bundle install --local
  - mkdir -p log tmp/cache tmp/pids tmp/sockets
`,
  'config.ru': 'require_relative "config/environment"\nrun Rails.application\n',
  'bin/rails!': `#!/usr/bin/env ruby
APP_PATH = File.expand_path("../config/application", __dir__)
require_relative "../config/boot"
require "rails/commands"
`,
  'config/boot.rb': 'ENV["BUNDLE_GEMFILE"] ||= File.expand_path("../Gemfile", __dir__)\nrequire "bundler/setup"\n',
  'config/environment.rb': 'require_relative "application"\nRails.application.initialize!\n',
  'config/routes.rb': 'Rails.application.routes.draw { root to: "home#show" }\n',
  'config/application.rb': `require_relative "boot"
require "logger"
require "rails"
require "action_controller/railtie"
Bundler.require(*Rails.groups)
module Hello
  class Application < Rails::Application
    config.load_defaults Rails::VERSION::STRING.to_f
    config.eager_load = true
    config.secret_key_base = ENV.fetch("SECRET_KEY_BASE")
    config.hosts.clear
  end
end
`,
  'app/controllers/home_controller.rb': `class HomeController < ActionController::Base
  def show = render(plain: "Rails #{Rails.env}")
end
`,
}
